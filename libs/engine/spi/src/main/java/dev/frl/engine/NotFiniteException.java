package dev.frl.engine;

/** A number became NaN or infinite during training. */
public final class NotFiniteException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** @param where {@code loss}, or the parameter whose gradient it was */
    public NotFiniteException(String where) {
        super(where + " is not finite");
    }
}
