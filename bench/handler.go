package main

import (
	"net"

	"github.com/go-mysql-org/go-mysql/client"
	"github.com/go-mysql-org/go-mysql/mysql"
	"github.com/go-mysql-org/go-mysql/server"
)

// runHandler is the peer that shows what go-mysql's Handler costs: a proxy of a few lines, without any gate.
func runHandler(listen, backend string) error {
	l, err := net.Listen("tcp", listen)
	if err != nil {
		return err
	}
	srv := server.NewDefaultServer()
	for {
		nc, err := l.Accept()
		if err != nil {
			return err
		}
		go func() {
			defer nc.Close()
			b, err := client.Connect(backend, "root", "", "")
			if err != nil {
				return
			}
			defer b.Close()
			c, err := srv.NewConn(nc, "root", "", &handler{backend: b})
			if err != nil {
				return
			}
			for c.HandleCommand() == nil {
			}
		}()
	}
}

type handler struct{ backend *client.Conn }

func (h *handler) UseDB(db string) error                       { return h.backend.UseDB(db) }
func (h *handler) HandleQuery(q string) (*mysql.Result, error) { return h.backend.Execute(q) }
func (h *handler) HandleStmtClose(any) error                   { return nil }
func (h *handler) HandleOtherCommand(cmd byte, _ []byte) error {
	return mysql.NewError(mysql.ER_UNKNOWN_ERROR, "not served")
}
func (h *handler) HandleFieldList(t, w string) ([]*mysql.Field, error) {
	return h.backend.FieldList(t, w)
}

func (h *handler) HandleStmtPrepare(q string) (int, int, any, error) {
	st, err := h.backend.Prepare(q)
	if err != nil {
		return 0, 0, nil, err
	}
	return st.ParamNum(), st.ColumnNum(), st, nil
}

func (h *handler) HandleStmtExecute(st any, _ string, args []any) (*mysql.Result, error) {
	return st.(*client.Stmt).Execute(args...)
}
