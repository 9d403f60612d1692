package dev.frl.data.file;

/** Receives the progress of a download, several times a second at most, from any thread. */
@FunctionalInterface
public interface Progress {
    /** Ignores all reports. */
    Progress NONE = (what, bytes, total) -> {};

    /**
     * @param what file or step
     * @param bytes bytes received so far, including those of an earlier, interrupted download
     * @param total bytes of the complete file; −1 if unknown
     */
    void at(String what, long bytes, long total);

    /** The mirror that the user named did not deliver the files, and another source did. */
    default void mirrorPassedOver(String why) {}
}
