package main

import (
	"strings"
	"testing"

	"github.com/askwire/askwire"
)

// TestSampledColumns: values are read of no column that any profile of the backend denies, masks, keeps from the model or
// restricts the rows of, and of none that no profile lists.
func TestSampledColumns(t *testing.T) {
	d := &directory{}
	d.state.Store(&state{profiles: map[string]*askwire.Profile{
		"a": {Backend: "main", Tables: []string{"shop.*"}, DenyColumns: []string{"shop.customers.SSN"}, LLMDenyColumns: []string{"shop.customers.name"}, LLMData: "rows"},
		"b": {Backend: "main", Tables: []string{"shop.customers", "shop.orders"}, Masks: map[string]string{"shop.customers.phone": "hash"},
			Rows: map[string]string{"Shop.Orders": "customer_id = @user_id"}, LLMData: "aggregates", LLMKeys: []string{"shop.customers.city", "shop.Orders.status"}},
		"c": {Backend: "main", Tables: []string{"hr.staff"}, LLMData: "none"},
		"e": {Backend: "main", Tables: []string{"log.visits"}, LLMData: "aggregates", LLMKeys: []string{"log.visits.page"}},
		"d": {Backend: "other", Tables: []string{"secret.*"}, LLMData: "rows"},
	}})
	for column, want := range map[string]bool{
		"shop.customers.city": true, "shop.products.category": true,
		"shop.customers.ssn": false, "shop.customers.name": false, "shop.customers.phone": false, "shop.orders.status": false, "hr.staff.grade": false,
		"shop.customers.email": false, "log.visits.page": true, "log.visits.address": false,
		"secret.t.c": false, "mysql.user.host": false,
	} {
		p := strings.Split(column, ".")
		c := askwire.ColumnRef{DB: p[0], Table: p[1], Column: p[2]}
		if got := d.mayRead("main", c); got != want {
			t.Errorf("%s: %v", column, got)
		}
	}
}
