// Writes the neutral images, sound and film in this folder, byte by byte, so that nothing in them is
// anybody else's: `node extension/neutral/make.mjs`. The texts beside them are written by hand.
import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { crc32, deflateSync } from 'node:zlib';

const here = dirname(fileURLToPath(import.meta.url));
const put = (name, bytes) => writeFileSync(join(here, name), bytes);
const u16 = (value) => Buffer.from([value >> 8, value & 255]);
const u32 = (value) => Buffer.from([value >>> 24, (value >> 16) & 255, (value >> 8) & 255, value & 255]);

/** GIF89a: one pixel, transparent. */
function gif() {
  return Buffer.concat([
    Buffer.from('GIF89a'), Buffer.from([1, 0, 1, 0, 0x80, 0, 0, 0, 0, 0, 255, 255, 255]),
    Buffer.from([0x21, 0xf9, 4, 1, 0, 0, 0, 0]), Buffer.from([0x2c, 0, 0, 0, 0, 1, 0, 1, 0, 0, 2, 2, 0x44, 1, 0, 0x3b]),
  ]);
}

/** PNG: transparent pixels of grey with alpha. */
function png(width, height) {
  const chunk = (name, data) => {
    const body = Buffer.concat([Buffer.from(name), data]);
    return Buffer.concat([u32(data.length), body, u32(crc32(body))]);
  };
  const pixels = Buffer.alloc(height * (1 + 2 * width));
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk('IHDR', Buffer.concat([u32(width), u32(height), Buffer.from([8, 4, 0, 0, 0])])),
    chunk('IDAT', deflateSync(pixels, { level: 9 })),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

/** MPEG-1 layer III, mono, 44.1 kHz, 32 kbit/s: four frames without a signal, a tenth of a second. */
function mp3() {
  const frame = Buffer.alloc(104);
  frame.set([0xff, 0xfb, 0x10, 0xc4]);
  return Buffer.concat([frame, frame, frame, frame]);
}

/** Bits of an H.264 parameter set or slice. */
class Bits {
  bits = [];
  u(count, value) {
    for (let bit = count - 1; bit >= 0; bit -= 1) this.bits.push((value >> bit) & 1);
    return this;
  }
  /** Unsigned Exp-Golomb code. */
  ue(value) {
    const length = 32 - Math.clz32(value + 1);
    return this.u(length - 1, 0).u(length, value + 1);
  }
  align() {
    while (this.bits.length % 8 !== 0) this.bits.push(0);
    return this;
  }
  end() {
    this.u(1, 1).align();
    const bytes = [];
    for (let at = 0; at < this.bits.length; at += 8) bytes.push(Number.parseInt(this.bits.slice(at, at + 8).join(''), 2));
    // Three bytes that would look like a start code get one between them.
    const safe = [];
    for (const byte of bytes) {
      if (byte <= 3 && safe.at(-1) === 0 && safe.at(-2) === 0) safe.push(3);
      safe.push(byte);
    }
    return Buffer.from(safe);
  }
}

/** MP4: one black picture of 16 by 16 (H.264 baseline, one macroblock of plain samples), one second long. */
function mp4() {
  const sps = Buffer.concat([Buffer.from([0x67, 66, 0xc0, 10]), new Bits().ue(0).ue(0).ue(2).ue(0).u(1, 0).ue(0).ue(0).u(4, 0b1100).end()]);
  const pps = Buffer.concat([Buffer.from([0x68]), new Bits().ue(0).ue(0).u(2, 0).ue(0).ue(0).ue(0).u(3, 0).ue(0).ue(0).ue(0).u(3, 0).end()]);
  const slice = new Bits().ue(0).ue(7).ue(0).u(4, 0).ue(0).u(2, 0).ue(0).ue(25).align();
  for (let sample = 0; sample < 384; sample += 1) slice.u(8, sample < 256 ? 16 : 128);
  const picture = Buffer.concat([Buffer.from([0x65]), slice.end()]);
  const sample = Buffer.concat([u32(picture.length), picture]);

  const box = (name, ...parts) => {
    const body = Buffer.concat(parts);
    return Buffer.concat([u32(body.length + 8), Buffer.from(name), body]);
  };
  const full = (name, flags, ...parts) => box(name, u32(flags), ...parts);
  const zeros = (count) => Buffer.alloc(count);
  const matrix = Buffer.concat([u32(0x10000), zeros(12), u32(0x10000), zeros(12), u32(0x40000000)]);
  const avcC = box('avcC', Buffer.from([1, 66, 0xc0, 10, 0xff, 0xe1]), u16(sps.length), sps, Buffer.from([1]), u16(pps.length), pps);
  const avc1 = box('avc1', zeros(6), u16(1), zeros(16), u16(16), u16(16), u32(0x480000), u32(0x480000), zeros(4), u16(1), zeros(32), u16(24), u16(0xffff), avcC);
  const head = box('ftyp', Buffer.from('isom'), u32(0x200), Buffer.from('isomiso2avc1mp41'));
  const moov = (offset) => box('moov',
    full('mvhd', 0, zeros(8), u32(1000), u32(1000), u32(0x10000), u16(0x100), zeros(10), matrix, zeros(24), u32(2)),
    box('trak',
      full('tkhd', 3, zeros(8), u32(1), zeros(4), u32(1000), zeros(16), matrix, u32(16 << 16), u32(16 << 16)),
      box('mdia',
        full('mdhd', 0, zeros(8), u32(1000), u32(1000), u16(0x55c4), zeros(2)),
        full('hdlr', 0, zeros(4), Buffer.from('vide'), zeros(12), Buffer.from('video\0')),
        box('minf',
          full('vmhd', 1, zeros(8)),
          box('dinf', full('dref', 0, u32(1), full('url ', 1))),
          box('stbl',
            full('stsd', 0, u32(1), avc1),
            full('stts', 0, u32(1), u32(1), u32(1000)),
            full('stsc', 0, u32(1), u32(1), u32(1), u32(1)),
            full('stsz', 0, u32(0), u32(1), u32(sample.length)),
            full('stco', 0, u32(1), u32(offset)))))));
  return Buffer.concat([head, moov(head.length + moov(0).length + 8), box('mdat', sample)]);
}

put('1x1.gif', gif());
put('2x2.png', png(2, 2));
put('3x2.png', png(3, 2));
put('32x32.png', png(32, 32));
put('noop-0.1s.mp3', mp3());
put('noop-1s.mp4', mp4());
