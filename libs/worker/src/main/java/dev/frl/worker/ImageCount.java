package dev.frl.worker;

/** Hears from long work how many of its images are done, on the thread of the work and after each batch. */
@FunctionalInterface
public interface ImageCount {
    ImageCount NONE = (done, of) -> {};

    /**
     * @param done images that are done so far
     * @param of images of the whole work
     */
    void done(int done, int of);
}
