package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/askwire/askwire/proxy/wire"
)

func hashCommand(io stdio) *cobra.Command {
	var native bool
	cmd := &cobra.Command{
		Use:   "hash-password",
		Short: "Turn a password from standard input into a password_hash for config.toml",
		Long: `Turn a password into a password_hash for config.toml. The password is read from standard input, one line; on a terminal it is
asked for twice, without echo. askwire stores and knows only hashes.`,
		Example: `  askwire hash-password                            # asks
  ANA_HASH=$(askwire hash-password < password.txt) # password_hash = "env:ANA_HASH"
  askwire hash-password --native                   # adds the weaker form that old clients need`,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			password, err := readPassword(io, "Password: ")
			if err != nil {
				return err
			}
			if password == "" {
				return errors.New("the password is empty. Write it to standard input, one line")
			}
			if _, tty := terminal(io.in); tty {
				again, err := readPassword(io, "Again: ")
				if err != nil {
					return err
				}
				if again != password {
					return errors.New("the two passwords differ. Try again")
				}
			}
			hash, err := wire.HashPassword(password)
			if err != nil {
				return err
			}
			if native {
				old, err := wire.HashNativePassword(password)
				if err != nil {
					return err
				}
				hash += " " + old
			}
			_, err = fmt.Fprintln(io.out, hash)
			return err
		},
	}
	cmd.Flags().BoolVar(&native, "native", false, "also print the mysql_native_password form")
	return cmd
}
