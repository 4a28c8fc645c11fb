<?php
// The curl extension, with one handle.

declare(strict_types=1);

require __DIR__ . '/walk.php';

const BROKEN = [CURLE_GOT_NOTHING, CURLE_RECV_ERROR, CURLE_SEND_ERROR, CURLE_PARTIAL_FILE];

$handle = curl_init();

(new Walk(function (Call $call) use ($handle): array {
    curl_reset($handle);
    $options = [
        CURLOPT_URL => $call->url,
        CURLOPT_CUSTOMREQUEST => $call->method,
        CURLOPT_HTTPHEADER => $call->headers,
        CURLOPT_RETURNTRANSFER => true,
    ];
    if ($call->body !== null) {
        $options[CURLOPT_POSTFIELDS] = $call->body;
    }
    if ($call->login !== null) {
        $options[CURLOPT_USERPWD] = $call->login;
    }
    curl_setopt_array($handle, $options);
    $text = curl_exec($handle);
    if ($text === false) {
        $error = curl_error($handle);
        throw in_array(curl_errno($handle), BROKEN, true) ? new NoAnswer($error) : new RuntimeException($error);
    }
    return [curl_getinfo($handle, CURLINFO_RESPONSE_CODE), $text];
}))->go();
