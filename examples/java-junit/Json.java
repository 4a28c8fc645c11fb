import java.util.regex.Pattern;

/** The little JSON that these tests read. A project that has a JSON library uses that. */
final class Json {
  private Json() {}

  /** Returns the value of a field, or its first where it is a list. */
  static String field(String name, String json) {
    var found = Pattern.compile("\"" + name + "\": ?\\[?\"?([^\",}\\]]+)").matcher(json);
    if (!found.find()) {
      throw new IllegalArgumentException("no " + name + " in " + json);
    }
    return found.group(1);
  }
}
