package pan_test

import (
	"fmt"

	"enroll.example/clicktopay/pkg/pan"
)

// A number cannot be printed by accident: only its first six and last four digits are shown.
func ExampleParse() {
	number, err := pan.Parse("5204739900001898")
	if err != nil {
		fmt.Println(err)
		return
	}

	fmt.Println(number)
	fmt.Printf("%+v %q\n", number, number)
	fmt.Println(number.First6(), number.Last4())

	_, err = pan.Parse("5204739900001899")
	fmt.Println(err)
	// Output:
	// 520473******1898
	// 520473******1898 520473******1898
	// 520473 1898
	// the PAN fails the Luhn check: a digit is wrong or missing
}

// What others have written may hold a number in any grouping.
func ExampleMaskText() {
	fmt.Println(pan.MaskText("card 5204-7399-0000-1898 was declined, order 1234567"))
	// Output:
	// card ****-****-****-1898 was declined, order 1234567
}
