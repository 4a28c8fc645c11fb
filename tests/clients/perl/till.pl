#!/usr/bin/env perl
# LWP::UserAgent: a till that pays once. It logs in when it is asked to.
use strict;
use warnings;

package Till::Agent;
use parent 'LWP::UserAgent';

sub get_basic_credentials { return @ENV{qw(TILL_CLIENT_ID TILL_SECRET)} }

package main;
use HTTP::Request;
use HTTP::Request::Common ();
use JSON::PP qw(encode_json decode_json);
use Time::HiRes qw(sleep time);

my $url = $ENV{TILL_URL};
my $agent = Till::Agent->new;
my %headers;

# Returns what was answered, or undef where the connection broke.
sub ask {
    my ($request) = @_;
    my $answer = $agent->request($request);
    my $ours = ($answer->header('Client-Warning') // '') eq 'Internal response';
    return undef if $ours && $answer->message =~ /Server closed connection|Connection reset/;
    return undef if $answer->code =~ /^50[234]$/;
    my $text = $answer->decoded_content // '';
    die join(' ', $request->method, $request->uri, $answer->status_line, $text) . "\n"
      unless $answer->is_success;
    return $text eq '' ? {} : decode_json($text);
}

sub pos_call {
    my ($method, $path, $body, $key) = @_;
    my $request = HTTP::Request->new($method, "$url/pos/v10$path", [%headers]);
    $request->header('X-MobilePay-Idempotency-Key' => $key) if $key;
    if ($body) {
        $request->header('Content-Type' => 'application/json');
        $request->content(encode_json($body));
    }
    return ask($request);
}

sub get { return pos_call('GET', @_) // die "no answer\n" }
sub post { return pos_call('POST', @_) // die "no answer\n" }
sub new_key { return sprintf '%s-%d-%d-%d', $_[0], time, $$, rand 1e9 }

sub until_reserved {
    my ($path, $delay) = @_;
    do { sleep $delay } while get($path)->{status} ne 'Reserved';
}

my $token = ask(
    HTTP::Request::Common::POST(
        "$url/integrator-authentication/connect/token",
        [grant_type => 'client_credentials', merchant_vat => $ENV{TILL_MERCHANT}]
    )
) // die "no answer\n";
%headers = (
    'Authorization' => "Bearer $token->{access_token}",
    'X-MobilePay-Client-System-Version' => '1.0.0',
);

my $store = get('/stores')->{storeIds}[0];
my $till = {merchantPosId => 'till-1', storeId => $store, name => 'Till 1'};
$till->{supportedBeaconTypes} = ['QR'];
my $pos_id = post('/pointofsales', $till, new_key('pos'))->{posId};

my $order = {posId => $pos_id, orderId => 'order-1', amount => 10.50, currencyCode => 'DKK'};
$order->{plannedCaptureDelay} = 'None';
my ($key, $again, $payment) = (new_key('order'), 0, undef);
until ($payment) {
    my $found = pos_call('POST', '/payments', $order, $key);
    $payment = $found->{paymentId} if $found;
    next if $found;
    die "no answer\n" if ++$again == 3;
    sleep 0.1;
}
my $delay = get("/payments/$payment")->{pollDelayInMs} / 1000;
until_reserved("/payments/$payment", $delay);
post("/payments/$payment/capture", {amount => 10.50});

my $back = {paymentId => $payment, refundOrderId => 'refund-1', amount => 4.00};
$back->{currencyCode} = 'DKK';
my $refund = post('/refunds', $back, new_key('refund'))->{refundId};
until_reserved("/refunds/$refund", $delay);
post("/refunds/$refund/capture");
my $status = get("/payments/$payment")->{status};
pos_call('DELETE', "/pointofsales/$pos_id") // die "no answer\n";
print "payment=$payment refund=$refund status=$status again=$again\n";
