/** How live events, the config and commands name the platform. */
export const platform = 'joystick';

/** What people call it. */
export const joystickName = 'Joystick.tv';
