// Writes zip files whose bytes depend on nothing but names and contents: sorted entries, one
// fixed date, no owner, no extra fields. No zip64: archives of ours stay far below 4 GB.
import { crc32, deflateRawSync } from 'node:zlib';

// 1 January 1980, the first date that the format can say.
const dosDate = 0x0021;
const utf8Names = 0x0800;

/** Table-driven CRC-32 (polynomial of ISO 3309), for Node.js before 20.15. */
function slowCrc32(bytes) {
  let crc = ~0;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc >>> 0;
}
const checksum = crc32 ?? slowCrc32;

/**
 * @param {ReadonlyMap<string, {bytes: Buffer, executable?: boolean}>} entries name in the archive to content
 * @returns {Buffer}
 */
export function zip(entries) {
  const parts = [];
  const directory = [];
  let offset = 0;
  for (const name of [...entries.keys()].sort()) {
    const { bytes, executable } = entries.get(name);
    const encoded = Buffer.from(name, 'utf8');
    const packed = deflateRawSync(bytes, { level: 9 });
    const stored = packed.length >= bytes.length;
    const data = stored ? bytes : packed;
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0); // version needed: 2.0, deflate
    common.writeUInt16LE(utf8Names, 2);
    common.writeUInt16LE(stored ? 0 : 8, 4);
    common.writeUInt16LE(0, 6); // time 00:00:00
    common.writeUInt16LE(dosDate, 8);
    common.writeUInt32LE(checksum(bytes) >>> 0, 10);
    common.writeUInt32LE(data.length, 14);
    common.writeUInt32LE(bytes.length, 18);
    common.writeUInt16LE(encoded.length, 22);
    parts.push(Buffer.from('PK\x03\x04', 'latin1'), common, encoded, data);

    const made = Buffer.from([20, 3]); // by version 2.0, on Unix (for the mode below)
    const tail = Buffer.alloc(14);
    tail.writeUInt32LE((executable ? 0o100755 : 0o100644) * 0x10000, 6);
    tail.writeUInt32LE(offset, 10);
    directory.push(Buffer.from('PK\x01\x02', 'latin1'), made, common, tail, encoded);
    offset += 4 + common.length + encoded.length + data.length;
  }
  const index = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 0, 'latin1');
  end.writeUInt16LE(entries.size, 8);
  end.writeUInt16LE(entries.size, 10);
  end.writeUInt32LE(index.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...parts, index, end]);
}
