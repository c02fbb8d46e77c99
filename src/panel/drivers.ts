import { existsSync, readdirSync, readFileSync } from 'node:fs';
import type { Clock } from '../domain/clock.ts';
import { type Log, silentLog } from '../domain/log.ts';
import { type Button, noButton } from './button/button.ts';
import { gpiodButton } from './button/gpiod.ts';
import { inputButton } from './button/input.ts';
import { onoffButton } from './button/onoff.ts';
import { type Light, noLight } from './light/light.ts';
import { spiLight } from './light/spi.ts';
import type { StripSettings } from './light/ws281x.ts';

/** As the config has it; `auto` is `input` where there is such a button or where there should be one: on a Pi. */
export interface ButtonSettings {
  readonly driver: 'auto' | 'input' | 'gpiod' | 'onoff' | 'none';
  /** Path of an input device, null for the one that the gpio-key overlay makes. */
  readonly device: string | null;
  /** The pin, for gpiod and onoff: 17 for GPIO17. */
  readonly pin: number;
}

/** As the config has it; `auto` is `spi` where there is an SPI bus or where there should be one: on a Pi. */
interface LightSettings extends StripSettings {
  readonly driver: 'auto' | 'spi' | 'none';
  readonly device: string;
  readonly leds: number;
}

/** What `auto` looks at. */
export interface Machine {
  readonly isPi: boolean;
  readonly hasButtonDevice: boolean;
  readonly hasSpi: boolean;
}

/** This machine. */
export function thisMachine(device = '/dev/spidev0.0'): Machine {
  const read = <T>(look: () => T, otherwise: T): T => {
    try {
      return look();
    } catch {
      // Not there, or not for us: the same as not having it.
      return otherwise;
    }
  };
  return {
    isPi: read(() => readFileSync('/proc/device-tree/model', 'latin1').includes('Raspberry Pi'), false),
    hasButtonDevice: read(
      () => readdirSync('/dev/input/by-path').some((name) => name.startsWith('platform-button@')),
      false,
    ),
    hasSpi: existsSync(device),
  };
}

/** The driver that the settings and the machine amount to. */
export function buttonDriver({ driver }: ButtonSettings, machine: Machine): Exclude<ButtonSettings['driver'], 'auto'> {
  if (driver !== 'auto') return driver;
  return machine.isPi || machine.hasButtonDevice ? 'input' : 'none';
}

/** The driver that the settings and the machine amount to. */
export function lightDriver({ driver }: LightSettings, machine: Machine): Exclude<LightSettings['driver'], 'auto'> {
  if (driver !== 'auto') return driver;
  return machine.isPi || machine.hasSpi ? 'spi' : 'none';
}

/** The button of these settings. */
export function createButton(settings: ButtonSettings, clock: Clock, machine: Machine, log: Log = silentLog): Button {
  const { device, pin } = settings;
  const said = (original: string) => log.debug(`Of the button: ${original}`);
  switch (buttonDriver(settings, machine)) {
    case 'input':
      return inputButton({ clock, device, said });
    case 'gpiod':
      return gpiodButton({ clock, pin, said });
    case 'onoff':
      return onoffButton({ clock, pin, said });
    case 'none':
      return noButton;
  }
}

/** The strip of these settings. */
export function createLight(settings: LightSettings, clock: Clock, machine: Machine, log: Log = silentLog): Light {
  switch (lightDriver(settings, machine)) {
    case 'spi':
      return spiLight({ clock, ...settings, said: (original) => log.debug(`Of the light: ${original}`) });
    case 'none':
      return noLight;
  }
}
