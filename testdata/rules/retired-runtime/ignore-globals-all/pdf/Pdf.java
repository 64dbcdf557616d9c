package example;

public class Pdf {
    public String handle(String in) {
        return in;
    }
}
