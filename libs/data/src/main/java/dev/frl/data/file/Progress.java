package dev.frl.data.file;

/** Is told how a download goes on, several times a second at most; may be called from any thread. */
@FunctionalInterface
public interface Progress {
    /** Tells nobody. */
    Progress NONE = (what, bytes, total) -> {};

    /**
     * @param what file or step, for a person
     * @param bytes here so far, those of an earlier, interrupted download included
     * @param total bytes when done; −1 if unknown
     */
    void at(String what, long bytes, long total);
}
