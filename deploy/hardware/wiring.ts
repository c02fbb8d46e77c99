import { type Wire, wires } from './pins.ts';
import { circle, drawing, path, rect, text } from './svg.ts';

const small = { 'font-size': 12, fill: '#555' };
const box = { fill: '#f6f4ef', stroke: '#1b1b1b', 'stroke-width': 1.5, rx: 6 };
const yOf = { power: 100, data: 240, ground: 350, button: 430, buttonGround: 480, usb: 590 };
const piRight = 300;
const railEnd = 1_060;

/** The wiring of a box with the button on `buttonGpio`. */
export function wiringDiagram(buttonGpio: number): string {
  const wire = wires(buttonGpio);
  return drawing(1_180, 800, 270, 'Wiring of Livepen', [
    text(40, 38, 'Livepen: wiring', { 'font-size': 22, 'font-weight': 'bold' }),
    text(
      220,
      38,
      'Switch everything off before you touch a wire. Wires that cross without a dot are not joined.',
      small,
    ),
    ...pi(Object.values(wire)),
    ...rails(wire.power, wire.ground),
    ...shifter(wire.data),
    ...strip(),
    ...capacitor(),
    ...button(wire.button, wire.buttonGround),
    ...plotter(),
  ]);
}

const line = (d: string, colour: string, width = 3) =>
  path(d, { fill: 'none', stroke: colour, 'stroke-width': width, 'stroke-linejoin': 'round' });
const joint = (x: number, y: number, colour: string) => circle(x, y, 5, { fill: colour });

function pi(used: readonly Wire[]): string[] {
  const x = 95;
  const y = 112;
  const pitch = 22;
  const pins = Array.from({ length: 40 }, (_, index) => {
    const pin = index + 1;
    const wire = used.find((each) => each.pin === pin);
    const cx = x + (index % 2) * pitch;
    const cy = y + Math.floor(index / 2) * pitch;
    const side = index % 2 === 0 ? { x: cx - 13, 'text-anchor': 'end' } : { x: cx + 13, 'text-anchor': 'start' };
    return [
      pin === 1
        ? rect(cx - 7, cy - 7, 14, 14, { fill: '#ddd', stroke: '#888' })
        : circle(cx, cy, 7, { fill: wire?.colour ?? '#ddd', stroke: '#888' }),
      text(side.x, cy + 4, String(pin), {
        'text-anchor': side['text-anchor'],
        'font-size': 11,
        fill: wire?.colour ?? '#999',
        ...(wire === undefined ? {} : { 'font-weight': 'bold' }),
      }),
    ].join('');
  });
  const terminal = (wire: Wire, yAt: number) => [
    circle(piRight, yAt, 5, { fill: wire.colour }),
    text(piRight - 12, yAt + 5, `pin ${wire.pin}: ${wire.name}`, {
      'text-anchor': 'end',
      fill: wire.colour,
      'font-size': 13,
    }),
  ];
  const [power, data, ground, buttonPin, buttonGround] = used;
  if (!power || !data || !ground || !buttonPin || !buttonGround) throw new Error('a wire is missing');
  return [
    rect(40, 60, piRight - 40, 570, box),
    text(56, 84, 'Raspberry Pi', { 'font-weight': 'bold' }),
    ...pins,
    text(60, 590, 'the header from above,', small),
    text(60, 606, 'pin 1 next to the card', small),
    ...terminal(power, yOf.power),
    ...terminal(data, yOf.data),
    ...terminal(ground, yOf.ground),
    ...terminal(buttonPin, yOf.button),
    ...terminal(buttonGround, yOf.buttonGround),
    rect(piRight - 34, yOf.usb - 10, 34, 20, { fill: '#bbb', stroke: '#1b1b1b' }),
    text(piRight - 40, yOf.usb + 5, 'USB', { 'text-anchor': 'end', 'font-size': 13 }),
  ];
}

function rails(power: Wire, ground: Wire): string[] {
  return [
    line(`M${piRight} ${yOf.power} H${railEnd}`, power.colour),
    line(`M${piRight} ${yOf.ground} H${railEnd}`, ground.colour),
    text(
      340,
      yOf.power - 10,
      'up to 16 LEDs from the Pi; more from a 5 V supply of their own, whose GND is joined with this one',
      small,
    ),
  ];
}

function shifter(data: Wire): string[] {
  const left = 430;
  const right = 590;
  const inner = { 'font-size': 12 };
  return [
    line(`M${piRight} ${yOf.data} H${left}`, data.colour),
    text(piRight + 12, yOf.data - 10, 'SPI data, 3.3 V', small),
    line(`M510 ${yOf.power} V190`, '#c62828'),
    joint(510, yOf.power, '#c62828'),
    line(`M480 300 V${yOf.ground}`, '#212121'),
    line(`M540 300 V${yOf.ground}`, '#212121'),
    joint(480, yOf.ground, '#212121'),
    joint(540, yOf.ground, '#212121'),
    rect(left, 190, right - left, 110, box),
    text(510, 232, '74AHCT125', { 'text-anchor': 'middle', 'font-weight': 'bold' }),
    text(510, 250, 'level shifter', { ...small, 'text-anchor': 'middle' }),
    text(left + 6, 262, '2 (1A)', inner),
    text(right - 6, 262, '3 (1Y)', { ...inner, 'text-anchor': 'end' }),
    text(516, 206, '14 (VCC)', inner),
    text(474, 294, '1 (1OE)', { ...inner, 'text-anchor': 'middle' }),
    text(546, 294, '7 (GND)', { ...inner, 'text-anchor': 'middle' }),
    text(556, 319, 'inputs without a use (4, 5, 9, 10, 12, 13):', small),
    text(556, 336, 'to GND as well; 100 nF from 14 to 7', small),
    line(`M${right} ${yOf.data} H640`, data.colour),
    rect(640, yOf.data - 10, 60, 20, { fill: '#fff', stroke: data.colour, 'stroke-width': 2.5 }),
    text(670, yOf.data - 18, '330 Ω', { 'text-anchor': 'middle', 'font-size': 13 }),
    line(`M700 ${yOf.data} H760`, data.colour),
  ];
}

function strip(): string[] {
  const left = 760;
  const leds = Array.from({ length: 5 }, (_, index) => {
    const x = left + 70 + index * 38;
    return (
      rect(x, 226, 26, 26, { fill: '#fff', stroke: '#1b1b1b', rx: 3 }) +
      circle(x + 13, 239, 8, { fill: index === 0 ? '#bfe3c3' : '#f3e2b3', stroke: '#888' })
    );
  });
  return [
    line(`M800 ${yOf.power} V190`, '#c62828'),
    joint(800, yOf.power, '#c62828'),
    line(`M800 300 V${yOf.ground}`, '#212121'),
    joint(800, yOf.ground, '#212121'),
    rect(left, 190, 265, 110, box),
    text(806, 207, '+5 V', { 'font-size': 12 }),
    text(806, 295, 'GND', { 'font-size': 12 }),
    text(left + 6, 262, 'DIN', { 'font-size': 12 }),
    ...leds,
    text(905, 215, 'WS2812B strip', { 'font-weight': 'bold' }),
    text(left + 83, 272, 'the first: the live', { ...small, 'text-anchor': 'start' }),
  ];
}

function capacitor(): string[] {
  const x = railEnd;
  return [
    line(`M${x} ${yOf.power} V218`, '#c62828'),
    line(`M${x} 232 V${yOf.ground}`, '#212121'),
    line(`M${x - 20} 218 H${x + 20}`, '#1b1b1b', 4),
    line(`M${x - 20} 232 H${x + 20}`, '#1b1b1b', 4),
    text(x + 8, 208, '+', { 'font-size': 18, 'font-weight': 'bold' }),
    text(x + 30, 224, '1000 µF', { 'font-size': 13 }),
    text(x + 30, 242, '6.3 V or more', small),
  ];
}

function button(pin: Wire, ground: Wire): string[] {
  return [
    line(`M${piRight} ${yOf.button} H470`, pin.colour),
    line(`M${piRight} ${yOf.buttonGround} H540 V${yOf.button} H520`, ground.colour),
    circle(470, yOf.button, 6, { fill: '#fff', stroke: '#1b1b1b', 'stroke-width': 2 }),
    circle(520, yOf.button, 6, { fill: '#fff', stroke: '#1b1b1b', 'stroke-width': 2 }),
    line(`M462 ${yOf.button - 16} H528`, '#1b1b1b', 4),
    line(`M495 ${yOf.button - 16} V${yOf.button - 30}`, '#1b1b1b', 4),
    text(560, yOf.button - 4, 'Button', { 'font-weight': 'bold' }),
    text(560, yOf.button + 14, 'a push button that closes; no resistor: the Pi pulls the pin up', small),
  ];
}

function plotter(): string[] {
  const y = yOf.usb;
  const red = { fill: '#c62828', stroke: '#7f0000', 'stroke-width': 2 };
  return [
    line(`M${piRight} ${y} H520`, '#777', 6),
    line(`M560 ${y} H760`, '#777', 6),
    rect(520, y - 14, 40, 28, { fill: '#fff', stroke: '#c62828', 'stroke-width': 2.5 }),
    line(`M530 ${y - 8} L550 ${y + 8} M550 ${y - 8} L530 ${y + 8}`, '#c62828', 2.5),
    text(540, y - 24, '5 V of the USB cable blocked', { 'text-anchor': 'middle', 'font-size': 13, fill: '#c62828' }),
    text(540, y + 32, 'D+, D− and GND go through', { ...small, 'text-anchor': 'middle' }),
    rect(760, 540, 265, 190, box),
    text(780, 568, 'Plotter', { 'font-weight': 'bold' }),
    text(780, 588, 'a board with Marlin', small),
    text(780, 606, 'and the motors', small),
    rect(40, 672, 260, 58, box),
    text(56, 697, 'Supply of the motors', { 'font-weight': 'bold' }),
    text(56, 716, '12 or 24 V, as the board wants it', small),
    line('M300 701 H480', '#c62828', 4),
    line('M600 701 H760', '#c62828', 4),
    rect(480, 676, 120, 50, { fill: '#ffe082', stroke: '#1b1b1b', 'stroke-width': 1.5, rx: 6 }),
    circle(540, 701, 19, red),
    text(540, 748, 'Emergency stop: cuts the motors, stays down when hit.', {
      'text-anchor': 'middle',
      'font-size': 13,
    }),
    text(540, 766, 'Within reach of whoever stands at the plotter.', { ...small, 'text-anchor': 'middle' }),
  ];
}
