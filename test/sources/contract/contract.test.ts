import { holdToContract } from './contract.ts';
import { donations, joystick, tikTok } from './subjects.ts';

for (const subject of [tikTok, donations, joystick]) holdToContract(subject);
