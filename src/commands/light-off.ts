import { readFileSync } from 'node:fs';
import { lightOnly } from '../config/load.ts';
import { createLight, thisMachine } from '../panel/drivers.ts';
import { darkScene, deadScene } from '../panel/scene.ts';
import { systemClock } from '../system/clock.ts';
import { type Command, exit } from './command.ts';
import { defaultConfig } from './settings.ts';

export const lightOff: Command = {
  name: 'light-off',
  summary: 'set the light after the service has ended',
  usage: 'light-off [--config FILE]',
  details: [
    'Systemd runs it after the service. The light goes out when the service ended in order;',
    'else every third light is red, until the service is back.',
    '',
    `  --config FILE   the config (default ${defaultConfig})`,
  ].join('\n'),
  options: { config: { type: 'string' } },
  async run({ options }, console) {
    const path = typeof options.config === 'string' ? options.config : defaultConfig;
    const settings = lightOnly(path, (file) => readFileSync(file));
    const light = createLight(settings, systemClock(), thisMachine(settings.device));
    const isInOrder = (console.env.SERVICE_RESULT ?? 'success') === 'success';
    light.start(() => {});
    light.show(isInOrder ? darkScene(settings.leds) : deadScene(settings.leds));
    await light.close();
    return exit.ok;
  },
};
