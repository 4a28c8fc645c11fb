import java.io.IOException;
import java.net.Authenticator;
import java.net.PasswordAuthentication;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.Map;
import javax.net.ssl.SSLException;

/**
 * {@link HttpClient} with its defaults: it would rather speak HTTP/2, and offers that with every
 * call over plain HTTP. It logs in when it is asked to; from then on it sends what it logged in with
 * in the place of any other credentials, so that the other calls take another client.
 */
public final class WithHttpClient {
  public static void main(String[] arguments) throws Exception {
    var login =
        new Authenticator() {
          @Override
          protected PasswordAuthentication getPasswordAuthentication() {
            return new PasswordAuthentication(Walk.CLIENT_ID, Walk.SECRET.toCharArray());
          }
        };
    var asked = HttpClient.newBuilder().authenticator(login).build();
    var client = HttpClient.newHttpClient();
    Walk.Stack stack =
        (method, url, headers, body) -> {
          var sender = headers.containsKey("Authorization") ? client : asked;
          return send(sender, method, url, headers, body);
        };
    new Walk(stack).go();
  }

  private static Walk.Answer send(
      HttpClient client, String method, String url, Map<String, String> headers, String body)
      throws Exception {
    var publisher = body == null ? BodyPublishers.noBody() : BodyPublishers.ofString(body);
    var request = HttpRequest.newBuilder(URI.create(url)).method(method, publisher);
    headers.forEach(request::header);
    try {
      var answer = client.send(request.build(), BodyHandlers.ofString());
      return new Walk.Answer(answer.statusCode(), answer.body());
    } catch (SSLException error) {
      throw error;
    } catch (IOException error) {
      throw new Walk.NoAnswer(error.toString());
    }
  }
}
