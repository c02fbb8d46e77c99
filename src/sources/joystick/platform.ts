/** How live events, the config and commands name the platform. */
export const joystickPlatform = 'joystick';

/** What it is called, and where it is; the page on which a streamer agrees is not with the rest. */
export const joystickPlaces = {
  name: 'Joystick.tv',
  api: 'https://api.joystick.tv',
  consent: 'https://joystick.tv',
} as const;
