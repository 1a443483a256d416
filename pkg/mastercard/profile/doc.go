// Package profile describes families of Mastercard's API as data: for each operation its method and path, where each value
// stands in the request, which member is encrypted, and from where each member of the answer is read.
//
// A profile names things and computes nothing. What a value is (a [Source]) and what is done with a member of an answer (a
// [Target]) is Go code of package mastercard, which a profile refers to by name.
//
// Every entry carries a [Mark]: confirmed, with the kind of its source, inferred, or unknown. What is not confirmed may turn
// out different, so that a user can bring a file of their own ([Load]) and hold it against the real description.
package profile
