package dev.frl.engine;

/** A number is NaN or infinite: images that came so, or training that diverged. */
public final class NotFiniteException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** @param where {@code images}, {@code logits}, {@code loss}, or {@code gradient of} a parameter */
    public NotFiniteException(String where) {
        super(where + " is not finite");
    }

    private NotFiniteException(String message, NotFiniteException cause) {
        super(message, cause);
    }

    /** The same, told by one who knows more of it. */
    public NotFiniteException told(String message) {
        return new NotFiniteException(message, this);
    }
}
