package browser_test

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// smaller is a picture with 256 colors: the most frequent of each shade, and the nearest of them for the others.
func smaller(t *testing.T, picture []byte) []byte {
	t.Helper()

	full, err := png.Decode(bytes.NewReader(picture))
	require.NoError(t, err)

	bounds := full.Bounds()
	counts := map[color.RGBA]int{}

	for y := bounds.Min.Y; y < bounds.Max.Y; y++ {
		for x := bounds.Min.X; x < bounds.Max.X; x++ {
			counts[at(full, x, y)]++
		}
	}

	best, shades := map[color.RGBA]color.RGBA{}, map[color.RGBA]int{}

	for one, count := range counts {
		shade := shadeOf(one)
		shades[shade] += count

		if count > counts[best[shade]] {
			best[shade] = one
		}
	}

	colors := make([]color.RGBA, 0, len(best))
	for _, one := range best {
		colors = append(colors, one)
	}

	slices.SortFunc(colors, func(a, b color.RGBA) int { return shades[shadeOf(b)] - shades[shadeOf(a)] })

	palette := color.Palette{}
	for _, one := range colors[:min(len(colors), 256)] {
		palette = append(palette, one)
	}

	indexed, nearest := image.NewPaletted(bounds, palette), map[color.RGBA]uint8{}

	for y := bounds.Min.Y; y < bounds.Max.Y; y++ {
		for x := bounds.Min.X; x < bounds.Max.X; x++ {
			one := at(full, x, y)

			index, known := nearest[one]
			if !known {
				index = uint8(palette.Index(one))
				nearest[one] = index
			}

			indexed.SetColorIndex(x, y, index)
		}
	}

	var out bytes.Buffer

	encoder := png.Encoder{CompressionLevel: png.BestCompression}
	require.NoError(t, encoder.Encode(&out, indexed))

	return out.Bytes()
}

func at(picture image.Image, x, y int) color.RGBA {
	r, g, b, _ := picture.At(x, y).RGBA()

	return color.RGBA{uint8(r >> 8), uint8(g >> 8), uint8(b >> 8), 255}
}

func shadeOf(c color.RGBA) color.RGBA { return color.RGBA{c.R >> 4, c.G >> 4, c.B >> 4, 0} }
