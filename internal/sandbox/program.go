package sandbox

import "net/http"

// authorize answers whether the client may act for the program, in the two steps that the API has:
// first the srcClientId, then the serviceId under it.
func (s *Sandbox) authorize(client *Client, srcClientID, serviceID string) *reply {
	var known bool

	for _, program := range client.Programs {
		if program.SrcClientID != srcClientID {
			continue
		}

		known = true

		if program.ServiceID == serviceID {
			if program.Locked {
				return serviceRefusal(http.StatusForbidden, "PERMISSION_DENIED", "The client is locked")
			}

			return nil
		}
	}

	switch {
	case known:
		return permissionDenied("serviceId", "The service id is not one of the client's")
	case s.ofAnotherClient(srcClientID):
		return permissionDenied("X_OPEN_API_CLIENT_ID", "The OAuth client does not match srcClientId")
	default:
		return serviceRefusal(http.StatusBadRequest, "INVALID_STATE", "Invalid state",
			detail("INVALID_VALUE", "srcClientId", "The client id is unknown"))
	}
}

func (s *Sandbox) ofAnotherClient(srcClientID string) bool {
	for _, client := range s.options.Clients {
		for _, program := range client.Programs {
			if program.SrcClientID == srcClientID {
				return true
			}
		}
	}

	return false
}
