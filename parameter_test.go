package askwire

import (
	"encoding/json"
	"testing"
)

// Parameters that were saved before they had bounds are read as those without.
func TestParamJSON(t *testing.T) {
	var old Param
	if err := json.Unmarshal([]byte(`{"Name":"least","Type":"number","Default":"5000","Values":null,"Aliases":null,"Min":0,"Max":0}`), &old); err != nil {
		t.Fatal(err)
	}
	if old.Name != "least" || old.String() != "least: a number; 5000 if none is given" {
		t.Errorf("%+v", old)
	}
	old.Min = "0"
	text, err := json.Marshal(old)
	if err != nil || string(text) != `{"name":"least","type":"number","default":"5000","min":"0"}` {
		t.Errorf("%s, %v", text, err)
	}
	var again Param
	if err := json.Unmarshal(text, &again); err != nil || again.Min != "0" || again.Max != "" {
		t.Errorf("%+v, %v", again, err)
	}
	if err := json.Unmarshal([]byte(`{"min":[1]}`), &again); err == nil {
		t.Error("a list is a bound")
	}
}
