<?php
// The HTTP stream wrapper: `file_get_contents` with a context.

declare(strict_types=1);

require __DIR__ . '/walk.php';

(new Walk(function (Call $call): array {
    $headers = $call->headers;
    if ($call->login !== null) {
        $headers[] = 'Authorization: Basic ' . base64_encode($call->login);
    }
    $http = ['method' => $call->method, 'header' => $headers, 'ignore_errors' => true];
    if ($call->body !== null) {
        $http['content'] = $call->body;
    }
    $text = @file_get_contents($call->url, false, stream_context_create(['http' => $http]));
    if ($text === false) {
        $error = error_get_last()['message'];
        // It says the same when the certificate is no good: then there is one more error before it.
        throw str_contains($error, 'HTTP request failed') ? new NoAnswer($error) : new RuntimeException($error);
    }
    return [(int) explode(' ', $http_response_header[0])[1], $text];
}))->go();
