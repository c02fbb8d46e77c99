/** Opens a ledger, which brings it to the newest schema, and closes it again. */
import { openOk } from '../world.ts';

const [file = ''] = process.argv.slice(2);
openOk(file).close();
