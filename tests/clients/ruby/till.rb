# frozen_string_literal: true

# Net::HTTP on one connection: a till that pays once.

require "json"
require "net/http"
require "securerandom"

# The connection broke: the work may be done or not.
class NoAnswer < StandardError; end

class Till
  NOT_DONE = %w[502 503 504].freeze
  # Seconds before a call is made again.
  PAUSE = 0.1

  def initialize(http, base)
    @http = http
    @base = base
    @headers = {}
  end

  def ask(request)
    answer = @http.request(request)
    raise NoAnswer, answer.code if NOT_DONE.include?(answer.code)
    unless answer.is_a?(Net::HTTPSuccess)
      raise "#{request.method} #{request.path}: #{answer.code} #{answer.body}"
    end

    answer.body.to_s.empty? ? {} : JSON.parse(answer.body)
  rescue EOFError, Errno::ECONNRESET => e
    raise NoAnswer, e.message
  end

  def log_in
    request = Net::HTTP::Post.new("#{@base}/integrator-authentication/connect/token")
    request.basic_auth(ENV.fetch("TILL_CLIENT_ID"), ENV.fetch("TILL_SECRET"))
    request.set_form_data("grant_type" => "client_credentials",
                          "merchant_vat" => ENV.fetch("TILL_MERCHANT"))
    @headers = { "Authorization" => "Bearer #{ask(request)['access_token']}",
                 "X-MobilePay-Client-System-Version" => "1.0.0" }
  end

  def pos(method, path, body = nil, key: nil)
    request = Net::HTTP.const_get(method).new("#{@base}/pos/v10#{path}", @headers)
    request["X-MobilePay-Idempotency-Key"] = key if key
    if body
      request["Content-Type"] = "application/json"
      request.body = JSON.generate(body)
    end
    ask(request)
  end

  def until_reserved(path, delay)
    loop do
      sleep(delay)
      break if pos(:Get, path)["status"] == "Reserved"
    end
  end

  def create_pos
    store = pos(:Get, "/stores")["storeIds"].first
    till = { merchantPosId: "till-1", storeId: store, name: "Till 1", supportedBeaconTypes: ["QR"] }
    pos(:Post, "/pointofsales", till, key: SecureRandom.uuid)["posId"]
  end

  # Returns the payment, and how often it was asked for again.
  def pay(pos_id)
    order = { posId: pos_id, orderId: "order-1", amount: 10.50, currencyCode: "DKK",
              plannedCaptureDelay: "None" }
    key = SecureRandom.uuid
    again = 0
    begin
      [pos(:Post, "/payments", order, key: key)["paymentId"], again]
    rescue NoAnswer
      again += 1
      raise if again == 3

      sleep(PAUSE)
      retry
    end
  end

  def go
    log_in
    pos_id = create_pos
    payment, again = pay(pos_id)
    delay = pos(:Get, "/payments/#{payment}")["pollDelayInMs"] / 1000.0
    until_reserved("/payments/#{payment}", delay)
    pos(:Post, "/payments/#{payment}/capture", { amount: 10.50 })

    back = { paymentId: payment, refundOrderId: "refund-1", amount: 4.00, currencyCode: "DKK" }
    refund = pos(:Post, "/refunds", back, key: SecureRandom.uuid)["refundId"]
    until_reserved("/refunds/#{refund}", delay)
    pos(:Post, "/refunds/#{refund}/capture")
    status = pos(:Get, "/payments/#{payment}")["status"]
    pos(:Delete, "/pointofsales/#{pos_id}")
    puts "payment=#{payment} refund=#{refund} status=#{status} again=#{again}"
  end
end

url = URI(ENV.fetch("TILL_URL"))
Net::HTTP.start(url.host, url.port, use_ssl: url.scheme == "https") do |http|
  Till.new(http, url.path).go
end
