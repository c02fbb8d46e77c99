/** What a board tells of itself with M115. */
export interface Board {
  /** Name and build of the firmware. */
  readonly firmware: string | null;
  /** Many builds share the one that the firmware ships with. */
  readonly uuid: string | null;
  /** Names of what it can do, e.g. EMERGENCY_PARSER. */
  readonly capabilities: readonly string[];
}

/** Reads the lines of an answer to M115. */
export function boardOf(said: readonly string[]): Board {
  const named = said.find((text) => text.startsWith('FIRMWARE_NAME:')) ?? '';
  return {
    firmware: /^FIRMWARE_NAME:(.*?) (?:SOURCE_CODE_URL|PROTOCOL_VERSION):/.exec(named)?.[1] ?? null,
    uuid: / UUID:([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/.exec(named)?.[1] ?? null,
    capabilities: said.flatMap((text) => /^Cap:([A-Z_0-9]+):1$/.exec(text)?.[1] ?? []),
  };
}
