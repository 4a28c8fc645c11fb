<#
A payment, a refund, a rejection and a lost answer, with nothing but Invoke-RestMethod.

    ./walk-through.ps1 [-Simulator URL]

Windows PowerShell 5.1 or PowerShell 7.
#>
param(
    [string] $Simulator = $(if ($env:MOBILEPAY_URL) { $env:MOBILEPAY_URL } else { 'http://127.0.0.1:8080' })
)

$ErrorActionPreference = 'Stop'
$Sandbox = 'powershell-' + [guid]::NewGuid().ToString('N').Substring(0, 8)
$Url = "$Simulator/sandboxes/$Sandbox"
$Client = '11111111-2222-4333-8444-555555555555'
$Creating = @('/payments', '/refunds', '/pointofsales')

# A call of the PoS API. Where there is no answer it is made again, with the same idempotency key.
function Invoke-Pos([string] $Method, [string] $Path, [hashtable] $Body) {
    $call = @{
        Method     = $Method
        Uri        = "$Url/pos/v10$Path"
        TimeoutSec = 2
        Headers    = @{
            'Authorization'                     = "Bearer $Token"
            'X-MobilePay-Client-System-Version' = '1.0.0'
            'X-IBM-Client-Id'                   = $Client
        }
    }
    if ($Method -eq 'Post' -and $Creating -contains $Path) {
        $call.Headers['X-MobilePay-Idempotency-Key'] = [guid]::NewGuid().ToString()
    }
    if ($Body) {
        $call.Body = ConvertTo-Json $Body -Compress
        $call.ContentType = 'application/json'
    }
    foreach ($pause in 500, 1000, 2000, 4000, 8000, 0) {
        try {
            return Invoke-RestMethod @call
        }
        catch {
            # A broken connection or a time-out has no response, and so no status.
            $status = [int] $_.Exception.Response.StatusCode
            $isRefused = $status -ge 400 -and $status -lt 500 -and $status -ne 429
            if ($isRefused -or $pause -eq 0) { throw }
            Start-Sleep -Milliseconds $pause
        }
    }
}

# A call of the simulator's own API.
function Invoke-Control([string] $Method, [string] $Path, [hashtable] $Body) {
    $call = @{ Method = $Method; Uri = "$Url/_simulator$Path" }
    if ($Body) {
        $call.Body = ConvertTo-Json $Body -Compress
        $call.ContentType = 'application/json'
    }
    Invoke-RestMethod @call
}

function Start-Payment([string] $OrderId, [decimal] $Amount) {
    $order = @{
        posId               = $Pos
        orderId             = $OrderId
        amount              = $Amount
        currencyCode        = 'DKK'
        plannedCaptureDelay = 'None'
    }
    (Invoke-Pos Post '/payments' $order).paymentId
}

'1. Wait until the simulator answers, and begin with a clock that stands still.'
foreach ($attempt in 1..30) {
    try {
        Invoke-RestMethod -Uri "$Simulator/_simulator/health" | Out-Null
        break
    }
    catch {
        if ($attempt -eq 30) { throw }
        Start-Sleep -Seconds 1
    }
}
Invoke-Control Put '/clock' @{ scale = 0 } | Out-Null

'2. Get a token for the merchant.'
$login = [Text.Encoding]::ASCII.GetBytes("${Client}:sandbox-secret")
$tokenCall = @{
    Method  = 'Post'
    Uri     = "$Url/integrator-authentication/connect/token"
    Headers = @{
        'Authorization'   = 'Basic ' + [Convert]::ToBase64String($login)
        'X-IBM-Client-Id' = $Client
    }
    Body    = @{ grant_type = 'client_credentials'; merchant_vat = 'DK12345678' }
}
$Token = (Invoke-RestMethod @tokenCall).access_token

'3. Register a till in one of the merchant''s stores.'
$Store = (Invoke-Pos Get '/stores').storeIds[0]
$Pos = (Invoke-Pos Post '/pointofsales' @{
        merchantPosId        = 'till-1'
        storeId              = $Store
        name                 = 'Till 1'
        supportedBeaconTypes = @('QR')
    }).posId

'4. Start a payment. Two seconds later the customer has accepted; capture it.'
$Payment = Start-Payment 'order-1' 10.50
Invoke-Control Post '/clock/advance' @{ seconds = 2 } | Out-Null
(Invoke-Pos Get "/payments/$Payment").status
Invoke-Pos Post "/payments/$Payment/capture" @{ amount = 10.50 } | Out-Null
(Invoke-Pos Get "/payments/$Payment").status

'5. Give a part of it back.'
$Refund = (Invoke-Pos Post '/refunds' @{
        paymentId     = $Payment
        refundOrderId = 'refund-1'
        amount        = 4.00
        currencyCode  = 'DKK'
    }).refundId
Invoke-Control Post '/clock/advance' @{ seconds = 1 } | Out-Null
Invoke-Pos Post "/refunds/$Refund/capture" | Out-Null
(Invoke-Pos Get "/refunds/$Refund").status

'6. The next customer changes their mind.'
Invoke-Control Post '/scenarios/next' @{ scenario = 'rejection' } | Out-Null
$Payment = Start-Payment 'order-2' 3.00
Invoke-Control Post '/clock/advance' @{ seconds = 3 } | Out-Null
(Invoke-Pos Get "/payments/$Payment").status

'7. The answer to the next capture is lost. The script asks again; was that right?'
$Run = (Invoke-Control Post '/scenarios/next' @{ scenario = 'lost-response-capture' }).runs[0]
$Payment = Start-Payment 'order-3' 5.00
Invoke-Control Post '/clock/advance' @{ seconds = 2 } | Out-Null
Invoke-Pos Post "/payments/$Payment/capture" @{ amount = 5.00 } | Out-Null
(Invoke-Control Post "/runs/$Run/wait?timeout=5").verdict

Invoke-RestMethod -Method Delete -Uri "$Simulator/_simulator/sandboxes/$Sandbox" | Out-Null
