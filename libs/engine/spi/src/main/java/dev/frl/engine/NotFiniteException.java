package dev.frl.engine;

/** A number is NaN or infinite: images that already had one, or training that diverged. */
public final class NotFiniteException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** @param where {@code images}, {@code logits}, {@code loss}, or {@code gradient of} a parameter */
    public NotFiniteException(String where) {
        super(where + " is not finite");
    }

    private NotFiniteException(String message, NotFiniteException cause) {
        super(message, cause);
    }

    /** The same exception with a message that says more, and this one as its cause. */
    public NotFiniteException told(String message) {
        return new NotFiniteException(message, this);
    }

    /**
     * Checks the first {@code count} values.
     *
     * @throws NotFiniteException naming {@code where} if one of them is NaN or infinite
     */
    public static void requireFinite(float[] values, int count, String where) {
        float sum = 0;
        for (int i = 0; i < count; i++) {
            sum += values[i] * 0; // becomes NaN as soon as one value is NaN or infinite; needs no branch
        }
        if (Float.isNaN(sum)) {
            throw new NotFiniteException(where);
        }
    }
}
