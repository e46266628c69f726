# Ruby mysql2: query is the text protocol, prepare a server-side prepared statement; it cancels with KILL QUERY on a second
# connection, and pings.
require 'json'
require 'mysql2'

def open_client
  Mysql2::Client.new(host: ENV['DB_HOST'], port: ENV['DB_PORT'].to_i, username: ENV['DB_USER'], password: ENV['DB_PASSWORD'], database: ENV['DB_NAME'],
                     encoding: 'utf8mb4', flags: Mysql2::Client::MULTI_STATEMENTS)
end

def argument(text)
  kind, value = text.split(':', 2)
  { 'n' => nil, 'i' => value.to_i, 'd' => value.to_f, 's' => value, 'x' => [value].pack('H*') }[kind]
end

# A value with its type, so that 1 and '1' differ.
def shown(value)
  return nil if value.nil?
  return 'bytes:' + value.unpack1('H*') if value.is_a?(String) && (value.encoding == Encoding::BINARY || !value.valid_encoding?)

  "#{value.class}:#{value.is_a?(BigDecimal) ? value.to_s('F') : value.is_a?(Time) ? value.strftime('%F %T.%6N') : value}"
end

def table(result)
  return { columns: [], rows: [] } if result.nil?

  types = result.respond_to?(:field_types) ? result.field_types : []
  rows = []
  result.each(as: :array) { |row| rows << row.map { |v| shown(v) } }
  { columns: result.fields.zip(types), rows: rows }
end

c = open_client
c.ping
File.foreach(ENV['STEPS'], chomp: true, encoding: 'UTF-8') do |line|
  kind, name, sql, *args = line.split("\t")
  out = { name: name }
  begin
    case kind
    when 'query'
      out.merge!(table(c.query(sql)))
      c.abandon_results! # of a CALL
    when 'prepare'
      statement = c.prepare(sql)
      out.merge!(table(statement.execute(*args.map { |a| argument(a) })))
      statement.close
    when 'rows'
      rows = c.query(sql, as: :array).to_a
      out.merge!(count: rows.length, sum: rows.sum { |row| row[0] })
    when 'begin' then c.query('BEGIN')
    when 'commit' then c.query('COMMIT')
    when 'cancel'
      second = open_client
      tired = Thread.new { sleep 0.5; second.query("KILL QUERY #{c.thread_id}") }
      begin
        c.query(sql)
      ensure
        tired.join
        second.close
      end
    end
  rescue Mysql2::Error => e
    out[:error] = { number: e.error_number, sqlstate: e.sql_state, message: e.message }
  end
  puts JSON.generate(out)
end
c.close
