// A Duino-Coin miner in Go: SHA-1 of forty hexadecimal digits and a decimal nonce, until it is the digest
// that the pool asked for. The page calls search(last, expected, difficulty) and gets the nonce or -1.
package main

import (
	"crypto/sha1"
	"encoding/hex"
	"strconv"
	"syscall/js"
)

func main() {
	js.Global().Set("search", js.FuncOf(func(_ js.Value, arguments []js.Value) any {
		text := []byte(arguments[0].String())
		expected, wrong := hex.DecodeString(arguments[1].String())
		if wrong != nil || len(expected) != sha1.Size {
			return -1
		}
		for nonce := 0; nonce <= 100*arguments[2].Int(); nonce++ {
			digest := sha1.Sum(strconv.AppendInt(text[:40:40], int64(nonce), 10))
			if digest == *(*[sha1.Size]byte)(expected) {
				return nonce
			}
		}
		return -1
	}))
	select {}
}
