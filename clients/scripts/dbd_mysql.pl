# Perl DBD::mysql with server-side prepared statements (mysql_server_prepare); it cancels with KILL QUERY on a second
# connection, from a child process.
use strict;
use warnings;
use utf8;
use DBI;
use JSON::PP;
binmode STDOUT, ':raw';

sub connection {
	return DBI->connect("DBI:mysql:database=$ENV{DB_NAME};host=$ENV{DB_HOST};port=$ENV{DB_PORT}", $ENV{DB_USER}, $ENV{DB_PASSWORD},
		{ RaiseError => 1, PrintError => 0, mysql_enable_utf8mb4 => 1, AutoInactiveDestroy => 1, @_ });
}
my $c = connection();
my $json = JSON::PP->new->utf8->canonical;

sub argument {
	my ($kind, $value) = split /:/, $_[0], 2;
	return $kind eq 'n' ? undef : $kind eq 'i' ? $value + 0 : $kind eq 'd' ? $value + 0.0 : $kind eq 'x' ? pack('H*', $value) : $value;
}
sub shown { my $v = shift; return defined $v ? (utf8::is_utf8($v) ? "text:$v" : $v =~ /[^\x20-\x7e\n]/ ? 'bytes:' . unpack('H*', $v) : "text:$v") : undef }

sub result {
	my ($s) = @_;
	my @columns;
	if ($s->{NUM_OF_FIELDS}) {
		for my $i (0 .. $s->{NUM_OF_FIELDS} - 1) {
			push @columns, [map { my $v = $s->{$_}[$i]; defined $v ? "$v" : undef } qw(NAME mysql_type mysql_type_name mysql_length mysql_is_blob mysql_is_key mysql_is_num mysql_is_pri_key NULLABLE PRECISION SCALE)];
		}
	}
	my $rows = $s->{NUM_OF_FIELDS} ? $s->fetchall_arrayref : [];
	while ($s->more_results) { } # of a CALL
	return (columns => \@columns, rows => [map { [map { shown($_) } @$_] } @$rows]);
}

open my $steps, '<:encoding(UTF-8)', $ENV{STEPS} or die $!;
while (my $line = <$steps>) {
	chomp $line;
	my ($kind, $name, $sql, @args) = split /\t/, $line;
	my %out = (name => $name);
	eval {
		if ($kind eq 'query') {
			my $s = $c->prepare($sql);
			$s->execute;
			%out = (%out, result($s));
		} elsif ($kind eq 'prepare') {
			my $s = $c->prepare($sql, { mysql_server_prepare => 1, mysql_server_prepare_disable_fallback => 1 });
			$s->execute(map { argument($_) } @args);
			%out = (%out, result($s));
		} elsif ($kind eq 'rows') {
			my $rows = $c->selectall_arrayref($sql);
			my $sum = 0;
			$sum += $_->[0] for @$rows;
			@out{qw(count sum)} = (scalar @$rows, $sum);
		} elsif ($kind eq 'begin') {
			$c->begin_work;
		} elsif ($kind eq 'commit') {
			$c->commit;
		} elsif ($kind eq 'cancel') {
			my $id = $c->{mysql_thread_id};
			my $child = fork;
			if (!$child) {
				my $second = connection();
				select undef, undef, undef, 0.5;
				$second->do("KILL QUERY $id");
				$second->disconnect;
				require POSIX;
				POSIX::_exit(0);
			}
			my $ok = eval { $c->selectall_arrayref($sql); 1 };
			my $error = $@;
			waitpid $child, 0;
			die $error if !$ok;
		}
		1;
	} or do {
		die $@ if !defined $DBI::err;
		$out{error} = { number => $DBI::err + 0, sqlstate => $DBI::state, message => $DBI::errstr };
	};
	print $json->encode(\%out), "\n";
	STDOUT->flush;
}
$c->disconnect;
