"""HOW A CLIENT GETS A TOKEN: one row for each language. Words in capitals stand for values."""

from collections.abc import Mapping
from typing import NamedTuple


class Snippet(NamedTuple):
    """A program that gets an access token and prints it."""

    name: str
    title: str
    text: str


_JAVASCRIPT = """\
const basic = Buffer.from("CLIENT_ID:SECRET").toString("base64");
const answer = await fetch("BASE_URL/integrator-authentication/connect/token", {
  method: "POST",
  headers: { Authorization: `Basic ${basic}` },
  body: new URLSearchParams({ grant_type: "client_credentials", merchant_vat: "VAT" }),
});
console.log((await answer.json()).access_token);
"""

_CSHARP = """\
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;

var http = new HttpClient();
var basic = Convert.ToBase64String(Encoding.UTF8.GetBytes("CLIENT_ID:SECRET"));
http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Basic", basic);
var form = new FormUrlEncodedContent(new Dictionary<string, string>
{
    ["grant_type"] = "client_credentials",
    ["merchant_vat"] = "VAT",
});
var answer = await http.PostAsync("BASE_URL/integrator-authentication/connect/token", form);
var json = await answer.Content.ReadFromJsonAsync<JsonElement>();
Console.WriteLine(json.GetProperty("access_token").GetString());
"""

_JAVA = """\
import java.net.URI;
import java.net.http.*;
import java.util.Base64;

public class Main {
    public static void main(String[] args) throws Exception {
        String basic = Base64.getEncoder().encodeToString("CLIENT_ID:SECRET".getBytes());
        HttpRequest request = HttpRequest.newBuilder()
            .uri(URI.create("BASE_URL/integrator-authentication/connect/token"))
            .header("Authorization", "Basic " + basic)
            .header("Content-Type", "application/x-www-form-urlencoded")
            .POST(HttpRequest.BodyPublishers.ofString(
                "grant_type=client_credentials&merchant_vat=VAT"))
            .build();
        HttpResponse<String> answer = HttpClient.newHttpClient()
            .send(request, HttpResponse.BodyHandlers.ofString());
        System.out.println(answer.body());
    }
}
"""

_PHP = """\
<?php
$curl = curl_init("BASE_URL/integrator-authentication/connect/token");
curl_setopt_array($curl, [
    CURLOPT_RETURNTRANSFER => true,
    CURLOPT_USERPWD => "CLIENT_ID:SECRET",
    CURLOPT_POSTFIELDS => http_build_query([
        "grant_type" => "client_credentials",
        "merchant_vat" => "VAT",
    ]),
]);
echo json_decode(curl_exec($curl))->access_token, PHP_EOL;
"""

_DELPHI = """\
program Token;
{$APPTYPE CONSOLE}
uses
  System.SysUtils, System.Classes, System.JSON, System.NetEncoding, System.Net.URLClient,
  System.Net.HttpClient;
var
  Http: THTTPClient;
  Form: TStringList;
  Basic, Answer: string;
begin
  Http := THTTPClient.Create;
  Form := TStringList.Create;
  Form.AddPair('grant_type', 'client_credentials');
  Form.AddPair('merchant_vat', 'VAT');
  Basic := TNetEncoding.Base64String.Encode('CLIENT_ID:SECRET');
  Answer := Http.Post('BASE_URL/integrator-authentication/connect/token', Form, nil, nil,
    [TNetHeader.Create('Authorization', 'Basic ' + Basic)]).ContentAsString;
  Writeln(TJSONObject.ParseJSONValue(Answer).GetValue<string>('access_token'));
end.
"""

_GO = """\
package main

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
)

func main() {
	form := url.Values{"grant_type": {"client_credentials"}, "merchant_vat": {"VAT"}}
	request, err := http.NewRequest("POST", "BASE_URL/integrator-authentication/connect/token",
		strings.NewReader(form.Encode()))
	if err != nil {
		panic(err)
	}
	request.SetBasicAuth("CLIENT_ID", "SECRET")
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		panic(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		panic(err)
	}
	fmt.Println(string(body))
}
"""

_CURL = """\
curl -s BASE_URL/integrator-authentication/connect/token \\
  -u CLIENT_ID:SECRET \\
  -d grant_type=client_credentials -d merchant_vat=VAT
"""

SNIPPETS = (
    Snippet("curl", "curl", _CURL),
    Snippet("csharp", "C#", _CSHARP),
    Snippet("java", "Java", _JAVA),
    Snippet("php", "PHP", _PHP),
    Snippet("delphi", "Delphi", _DELPHI),
    Snippet("go", "Go", _GO),
    Snippet("javascript", "JavaScript", _JAVASCRIPT),
)


def snippets_for(values: Mapping[str, str]) -> tuple[Snippet, ...]:
    """Returns the programs with values in place of the words.

    Args:
        values: by the words `BASE_URL`, `CLIENT_ID`, `SECRET` and `VAT`.
    """

    def filled(text: str) -> str:
        for word, value in values.items():
            text = text.replace(word, value)
        return text

    return tuple(each._replace(text=filled(each.text)) for each in SNIPPETS)
