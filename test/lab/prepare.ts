/** Makes what the machines of the lab share, so that several can be switched on at once afterwards. */
import { prepare } from './lab.ts';

prepare();
