{ TFPHTTPClient of Free Pascal: a till that pays once. }
program till;

{$mode objfpc}{$H+}

uses
  SysUtils, Classes, base64, fpjson, jsonparser, fphttpclient, opensslsockets, ssockets, httpprotocol;

type
  { The connection broke: the work may be done or not. }
  ENoAnswer = class(Exception);

var
  Url, Token: string;
  Client: TFPHTTPClient;

function NewKey: string;
var
  Id: TGUID;
begin
  CreateGUID(Id);
  Result := Copy(GUIDToString(Id), 2, 36);
end;

function Ask(const Method, Path, ContentType, Body: string): string;
var
  Content, Answer: TStringStream;
begin
  Content := nil;
  Answer := TStringStream.Create('');
  try
    if Body <> '' then
    begin
      Content := TStringStream.Create(Body);
      Client.AddHeader('Content-Type', ContentType);
    end;
    Client.RequestBody := Content;
    try
      Client.HTTPMethod(Method, Url + Path, Answer, []);
    except
      on E: EHTTPClient do
        raise ENoAnswer.Create(E.Message);
    end;
    case Client.ResponseStatusCode of
      200..299: Result := Answer.DataString;
      { It takes an answer that does not come for one that says nothing. }
      0, 502..504: raise ENoAnswer.Create(IntToStr(Client.ResponseStatusCode));
    else
      raise Exception.CreateFmt('%s %s: %d %s',
        [Method, Path, Client.ResponseStatusCode, Answer.DataString]);
    end;
  finally
    Client.RequestBody := nil;
    Content.Free;
    Answer.Free;
  end;
end;

function Pos(const Method, Path: string; const Body: string = ''; const Key: string = ''): string;
begin
  Client.RequestHeaders.Clear;
  Client.AddHeader('Authorization', 'Bearer ' + Token);
  Client.AddHeader('X-MobilePay-Client-System-Version', '1.0.0');
  if Key <> '' then
    Client.AddHeader('X-MobilePay-Idempotency-Key', Key);
  Result := Ask(Method, '/pos/v10' + Path, 'application/json', Body);
end;

{ The value at a path such as `status` or `storeIds[0]`. }
function Field(const Path, Text: string): string;
var
  Found: TJSONData;
begin
  Found := GetJSON(Text);
  try
    Result := Found.FindPath(Path).AsString;
  finally
    Found.Free;
  end;
end;

procedure UntilReserved(const Path: string; Delay: Integer);
begin
  repeat
    Sleep(Delay);
  until Field('status', Pos('GET', Path)) = 'Reserved';
end;

procedure LogIn;
begin
  Client.AddHeader('Authorization', 'Basic ' + EncodeStringBase64(
    GetEnvironmentVariable('TILL_CLIENT_ID') + ':' + GetEnvironmentVariable('TILL_SECRET')));
  Token := Field('access_token', Ask('POST', '/integrator-authentication/connect/token',
    'application/x-www-form-urlencoded', 'grant_type=client_credentials&merchant_vat='
    + HTTPEncode(GetEnvironmentVariable('TILL_MERCHANT'))));
end;

procedure Go;
var
  PosId, Order, Key, Payment, Refund, Status: string;
  Delay, Again: Integer;
begin
  LogIn;
  PosId := Field('posId', Pos('POST', '/pointofsales', Format(
    '{"merchantPosId": "till-1", "storeId": "%s", "name": "Till 1", "supportedBeaconTypes": ["QR"]}',
    [Field('storeIds[0]', Pos('GET', '/stores'))]), NewKey));

  Order := Format('{"posId": "%s", "orderId": "order-1", "amount": 10.50, "currencyCode": "DKK", '
    + '"plannedCaptureDelay": "None"}', [PosId]);
  Key := NewKey;
  Again := 0;
  Payment := '';
  while Payment = '' do
    try
      Payment := Field('paymentId', Pos('POST', '/payments', Order, Key));
    except
      on E: ENoAnswer do
      begin
        Inc(Again);
        if Again = 3 then
          raise;
        Sleep(100);
      end;
    end;
  Delay := StrToInt(Field('pollDelayInMs', Pos('GET', '/payments/' + Payment)));
  UntilReserved('/payments/' + Payment, Delay);
  Pos('POST', '/payments/' + Payment + '/capture', '{"amount": 10.50}');

  Refund := Field('refundId', Pos('POST', '/refunds', Format(
    '{"paymentId": "%s", "refundOrderId": "refund-1", "amount": 4.00, "currencyCode": "DKK"}',
    [Payment]), NewKey));
  UntilReserved('/refunds/' + Refund, Delay);
  Pos('POST', '/refunds/' + Refund + '/capture');
  Status := Field('status', Pos('GET', '/payments/' + Payment));
  Pos('DELETE', '/pointofsales/' + PosId);
  WriteLn(Format('payment=%s refund=%s status=%s again=%d', [Payment, Refund, Status, Again]));
end;

begin
  Url := GetEnvironmentVariable('TILL_URL');
  Client := TFPHTTPClient.Create(nil);
  try
    Go;
  finally
    Client.Free;
  end;
end.
