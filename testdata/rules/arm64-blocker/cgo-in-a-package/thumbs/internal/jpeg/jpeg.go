// Package jpeg asks the C library.
package jpeg

// static int quality(void) { return 85; }
import "C"

// Quality is a percentage.
func Quality() int { return int(C.quality()) }
