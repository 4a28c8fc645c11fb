import java.net.HttpURLConnection;
import java.net.URI;

/** Asks for a page, and prints the status. */
public class Ask {
  public static void main(String[] arguments) throws Exception {
    var connection = (HttpURLConnection) URI.create(arguments[0]).toURL().openConnection();
    System.out.println(connection.getResponseCode());
  }
}
