// A miner in Go: Keccak-256 (the padding of Ethereum's) over a header with a nonce of eight bytes.
package main

import (
	"encoding/binary"
	"math/bits"
	"syscall/js"
)

var constants = [24]uint64{
	0x0000000000000001, 0x0000000000008082, 0x800000000000808a, 0x8000000080008000, 0x000000000000808b, 0x0000000080000001,
	0x8000000080008081, 0x8000000000008009, 0x000000000000008a, 0x0000000000000088, 0x0000000080008009, 0x000000008000000a,
	0x000000008000808b, 0x800000000000008b, 0x8000000000008089, 0x8000000000008003, 0x8000000000008002, 0x8000000000000080,
	0x000000000000800a, 0x800000008000000a, 0x8000000080008081, 0x8000000000008080, 0x0000000080000001, 0x8000000080008008,
}
var turns = [24]int{1, 3, 6, 10, 15, 21, 28, 36, 45, 55, 2, 14, 27, 41, 56, 8, 25, 43, 62, 18, 39, 61, 20, 44}
var lanes = [24]int{10, 7, 11, 17, 18, 3, 5, 16, 8, 21, 24, 4, 15, 23, 19, 13, 12, 2, 20, 14, 22, 9, 6, 1}

func permute(state *[25]uint64) {
	for _, constant := range constants {
		var column [5]uint64
		for i := range column {
			column[i] = state[i] ^ state[i+5] ^ state[i+10] ^ state[i+15] ^ state[i+20]
		}
		for i := range column {
			mixed := column[(i+4)%5] ^ bits.RotateLeft64(column[(i+1)%5], 1)
			for j := 0; j < 25; j += 5 {
				state[i+j] ^= mixed
			}
		}
		carried := state[1]
		for i, lane := range lanes {
			state[lane], carried = bits.RotateLeft64(carried, turns[i]), state[lane]
		}
		for j := 0; j < 25; j += 5 {
			row := *(*[5]uint64)(state[j : j+5])
			for i := range row {
				state[j+i] = row[i] ^ (^row[(i+1)%5] & row[(i+2)%5])
			}
		}
		state[0] ^= constant
	}
}

func main() {
	js.Global().Set("search", js.FuncOf(func(_ js.Value, arguments []js.Value) any {
		header := make([]byte, 136)
		js.CopyBytesToGo(header[:32], arguments[0])
		header[40], header[135] = 1, 0x80
		limit := uint64(arguments[1].Float())
		for nonce := uint64(0); nonce < uint64(arguments[2].Int()); nonce++ {
			binary.BigEndian.PutUint64(header[32:], nonce)
			var state [25]uint64
			for i := 0; i < 17; i++ {
				state[i] = binary.LittleEndian.Uint64(header[8*i:])
			}
			permute(&state)
			if bits.ReverseBytes64(state[0]) < limit {
				return int(nonce)
			}
		}
		return -1
	}))
	select {}
}
