/** Where things are wired; the numbers of pins are those of the 40-pin header. */
export interface Wire {
  readonly pin: number;
  readonly name: string;
  readonly to: string;
  readonly colour: string;
}

/** The pin of each GPIO that we use (raspberrypi.com/documentation, "GPIO and the 40-pin header"). */
const headerPins: Readonly<Record<number, number>> = { 10: 19, 17: 11 };

/** The data line of the SPI bus on every Pi. */
export const dataGpio = 10;

/** All wires from the header, from top to bottom of the diagram. */
export function wires(buttonGpio: number): {
  readonly [key in 'power' | 'data' | 'ground' | 'button' | 'buttonGround']: Wire;
} {
  const pinOf = (gpio: number) => {
    const pin = headerPins[gpio];
    if (pin === undefined) throw new Error(`the diagram does not know where GPIO${gpio} is`);
    return pin;
  };
  return {
    power: { pin: 2, name: '5 V', to: 'strip +5 V, shifter 14 (VCC)', colour: '#c62828' },
    data: { pin: pinOf(dataGpio), name: `GPIO${dataGpio}`, to: 'shifter 2 (1A)', colour: '#2e7d32' },
    ground: { pin: 6, name: 'GND', to: 'strip GND, shifter 7 (GND) and 1 (1OE)', colour: '#212121' },
    button: { pin: pinOf(buttonGpio), name: `GPIO${buttonGpio}`, to: 'button, one contact', colour: '#6a1b9a' },
    buttonGround: { pin: 9, name: 'GND', to: 'button, the other contact', colour: '#212121' },
  };
}
