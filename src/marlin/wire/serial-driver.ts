/** The driver of serial ports, in a file of its own so that it is loaded when the first port is opened. */
export { SerialPort } from 'serialport';
