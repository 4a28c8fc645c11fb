<?php
// A till that pays once: what the programs of both PHP stacks have in common.

declare(strict_types=1);

const NOT_DONE = [502, 503, 504];
/** Microseconds before a call is made again. */
const PAUSE = 100_000;
const FORM = 'Content-Type: application/x-www-form-urlencoded';

/** The connection broke: the work may be done or not. */
final class NoAnswer extends Exception
{
}

/** What a stack is asked to send; the login is for HTTP Basic. */
final class Call
{
    public function __construct(
        public readonly string $method,
        public readonly string $url,
        public readonly array $headers,
        public readonly ?string $body,
        public readonly ?string $login,
    ) {
    }
}

/** Pays, captures and gives back. */
final class Walk
{
    private array $headers = [];

    /** @param Closure $send takes a `Call`, returns status and text */
    public function __construct(private readonly Closure $send)
    {
    }

    private function ask(string $method, string $path, array $headers, ?string $body, ?string $login = null): array
    {
        [$status, $text] = ($this->send)(new Call($method, getenv('TILL_URL') . $path, $headers, $body, $login));
        if (in_array($status, NOT_DONE, true)) {
            throw new NoAnswer("$status");
        }
        if ($status < 200 || $status > 299) {
            throw new RuntimeException("$method $path: $status $text");
        }
        return $text === '' ? [] : json_decode($text, true, flags: JSON_THROW_ON_ERROR);
    }

    private function pos(string $method, string $path, ?array $body = null, ?string $key = null): array
    {
        $headers = $this->headers;
        if ($body !== null) {
            $headers[] = 'Content-Type: application/json';
        }
        if ($key !== null) {
            $headers[] = "X-MobilePay-Idempotency-Key: $key";
        }
        return $this->ask($method, "/pos/v10$path", $headers, $body === null ? null : json_encode($body));
    }

    private function untilReserved(string $path, int $delay): void
    {
        do {
            usleep($delay * 1000);
        } while ($this->pos('GET', $path)['status'] !== 'Reserved');
    }

    public function go(): void
    {
        $form = http_build_query(['grant_type' => 'client_credentials', 'merchant_vat' => getenv('TILL_MERCHANT')]);
        $login = getenv('TILL_CLIENT_ID') . ':' . getenv('TILL_SECRET');
        $token = $this->ask('POST', '/integrator-authentication/connect/token', [FORM], $form, $login);
        $this->headers = [
            "Authorization: Bearer {$token['access_token']}",
            'X-MobilePay-Client-System-Version: 1.0.0',
        ];

        $store = $this->pos('GET', '/stores')['storeIds'][0];
        $till = ['merchantPosId' => 'till-1', 'storeId' => $store, 'name' => 'Till 1'];
        $till['supportedBeaconTypes'] = ['QR'];
        $posId = $this->pos('POST', '/pointofsales', $till, uniqid('pos-', true))['posId'];

        $order = ['posId' => $posId, 'orderId' => 'order-1', 'amount' => 10.50];
        $order += ['currencyCode' => 'DKK', 'plannedCaptureDelay' => 'None'];
        $key = uniqid('order-', true);
        $again = 0;
        $payment = null;
        while ($payment === null) {
            try {
                $payment = $this->pos('POST', '/payments', $order, $key)['paymentId'];
            } catch (NoAnswer $lost) {
                if (++$again === 3) {
                    throw $lost;
                }
                usleep(PAUSE);
            }
        }
        $delay = $this->pos('GET', "/payments/$payment")['pollDelayInMs'];
        $this->untilReserved("/payments/$payment", $delay);
        $this->pos('POST', "/payments/$payment/capture", ['amount' => 10.50]);

        $back = ['paymentId' => $payment, 'refundOrderId' => 'refund-1', 'amount' => 4.00];
        $refund = $this->pos('POST', '/refunds', $back + ['currencyCode' => 'DKK'], uniqid('refund-', true))['refundId'];
        $this->untilReserved("/refunds/$refund", $delay);
        $this->pos('POST', "/refunds/$refund/capture");
        $status = $this->pos('GET', "/payments/$payment")['status'];
        $this->pos('DELETE', "/pointofsales/$posId");
        echo "payment=$payment refund=$refund status=$status again=$again\n";
    }
}
