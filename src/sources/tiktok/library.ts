export type Library = typeof import('tiktok-live-connector');

let loading: Promise<Library> | null = null;

/**
 * Loads the connector, which takes about half a second and 40 MB, and tells it to decode no message itself: we do
 * that, in order and only what is wanted.
 */
export function loadLibrary(): Promise<Library> {
  loading ??= import('tiktok-live-connector').then((library) => {
    library.WebcastDeserializeConfig.includeMessageTypes = [];
    library.WebcastDeserializeConfig.showBase64OnDecodeError = false;
    return library;
  });
  return loading;
}
