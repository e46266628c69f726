package catalog

import (
	"slices"
	"testing"
)

func TestSplitWords(t *testing.T) {
	for in, want := range map[string][]string{
		"customer_id":       {"customer", "id"},
		"orderItemID2":      {"order", "Item", "ID", "2"},
		"XMLHttpRequest":    {"XML", "Http", "Request"},
		"VMs on hosts":      {"VMs", "on", "hosts"},
		"customerIDs":       {"customer", "IDs"},
		"고객ID별":             {"고객", "ID", "별"},
		"price($)-2024년":    {"price", "2024", "년"},
		"":                  nil,
		"__":                nil,
		"ADDR2_ko":          {"ADDR", "2", "ko"},
		"customers' emails": {"customers", "emails"},
	} {
		if got := splitWords(in); !slices.Equal(got, want) {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

func TestKoreanTerms(t *testing.T) {
	for in, want := range map[string][]string{
		"고객별":      {"고객별", "고객"},
		"고객에게서":    {"고객에게서", "고객"},
		"주문량을":     {"주문량을", "주문량", "주문", "문량"},
		"도시":       {"도시"},
		"알려줘":      nil,
		"상품을 보여줘":  {"상품을", "상품"},
		"나이":       {"나이"}, // 이 is no particle when one syllable would be left
		"부서":       {"부서"},
		"전체 매출은":   {"매출은", "매출"},
		"orders 표": {"order", "표"},
	} {
		var got []string
		for _, x := range newAnalyser().terms(in) {
			got = append(got, x.text)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}
