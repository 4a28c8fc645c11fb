import java.io.IOException;
import java.io.InputStream;
import java.net.Authenticator;
import java.net.HttpURLConnection;
import java.net.PasswordAuthentication;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import javax.net.ssl.SSLException;

/** {@link HttpURLConnection}, which logs in when it is asked to. */
public final class WithUrlConnection {
  public static void main(String[] arguments) throws Exception {
    Authenticator.setDefault(
        new Authenticator() {
          @Override
          protected PasswordAuthentication getPasswordAuthentication() {
            return new PasswordAuthentication(Walk.CLIENT_ID, Walk.SECRET.toCharArray());
          }
        });
    new Walk(WithUrlConnection::send).go();
  }

  private static Walk.Answer send(
      String method, String url, Map<String, String> headers, String body) throws Exception {
    var connection = (HttpURLConnection) URI.create(url).toURL().openConnection();
    connection.setRequestMethod(method);
    headers.forEach(connection::setRequestProperty);
    try {
      if (body != null) {
        connection.setDoOutput(true);
        try (var out = connection.getOutputStream()) {
          out.write(body.getBytes(StandardCharsets.UTF_8));
        }
      }
      var status = connection.getResponseCode();
      try (var in = status < 400 ? connection.getInputStream() : connection.getErrorStream()) {
        return new Walk.Answer(status, in == null ? "" : text(in));
      }
    } catch (SSLException error) {
      throw error;
    } catch (IOException error) {
      throw new Walk.NoAnswer(error.toString());
    }
  }

  private static String text(InputStream in) throws IOException {
    return new String(in.readAllBytes(), StandardCharsets.UTF_8);
  }
}
