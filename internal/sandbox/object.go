package sandbox

// object is a JSON object that has been validated. Members are looked up by their exact names,
// which decoding into a struct would not do.
type object map[string]any

func (o object) text(name string) string {
	text, _ := o[name].(string)
	return text
}

func (o object) object(name string) object {
	members, _ := o[name].(map[string]any)
	return members
}

func (o object) has(name string) bool {
	_, present := o[name]
	return present
}

// objects returns the objects of a list.
func (o object) objects(name string) []object {
	list, _ := o[name].([]any)

	var all []object

	for _, item := range list {
		if members, ok := item.(map[string]any); ok {
			all = append(all, members)
		}
	}

	return all
}
