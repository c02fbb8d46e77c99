# A real server of Action Cable (Rails, of Debian's packages) with a channel such as the platform's, for tests:
#   TOKENS=one,two puma -b tcp://127.0.0.1:PORT cable.ru
# POST /say sends its body to whoever subscribed, POST /restart closes all connections as a restart does, GET /done is
# what was asked of the channel.
require 'json'
require 'logger'
require 'action_cable'
require 'action_cable/engine'

ActionCable.server.config.logger = Logger.new(nil)
ActionCable.server.config.cable = { 'adapter' => 'async' }
# Programs send no origin.
ActionCable.server.config.disable_request_forgery_protection = true
ActionCable.server.config.mount_path = '/cable'
ActionCable.server.config.connection_class = -> { Door }

TOKENS = ENV.fetch('TOKENS').split(',')

class Door < ActionCable::Connection::Base
  identified_by :token

  def connect
    self.token = request.params['token']
    reject_unauthorized_connection unless TOKENS.include?(token)
  end
end

DONE = Queue.new

class GatewayChannel < ActionCable::Channel::Base
  def subscribed
    return reject if params['event_version'] == 'none'

    stream_from 'gateway'
  end

  %w[send_message send_whisper mute_user unmute_user block_user].each do |name|
    define_method(name) do |data|
      # The platform says a no in this way, outside of every channel.
      next connection.transmit({ error: 'unknown channel' }) unless data['channel_id'] == 'c0ffee'

      DONE << data
    end
  end
end

def bearer(request)
  request.get_header('HTTP_AUTHORIZATION').to_s.delete_prefix('Bearer ')
end

def answer(status, body)
  [status, { 'content-type' => 'application/json' }, [JSON.generate(body)]]
end

run lambda { |env|
  request = Rack::Request.new(env)
  case request.path
  when '/cable'
    ActionCable.server.call(env)
  when '/say'
    ActionCable.server.broadcast('gateway', JSON.parse(request.body.read))
    answer(200, {})
  when '/done'
    answer(200, Array.new(DONE.size) { DONE.pop })
  when '/restart'
    ActionCable.server.restart
    answer(200, {})
  when '/api/v1/me/identity', '/api/users/stream-settings'
    next answer(401, { error: 'unauthorized' }) unless TOKENS.include?(bearer(request))

    answer(200, { username: 'ink_host', channel_id: 'c0ffee', live: true })
  when '/api/oauth/token'
    answer(200, { access_token: TOKENS.last, expires_in: 14_400, refresh_token: 'next' })
  else
    answer(404, { error: 'not found' })
  end
}
