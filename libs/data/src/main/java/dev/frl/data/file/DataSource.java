package dev.frl.data.file;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** A place from which files of a data set can be downloaded. */
public interface DataSource {
    /** Name of the source in messages. */
    String name();

    /**
     * Downloads files into a folder. A file gets its final name in one step after its content is verified, so an interrupted
     * download leaves nothing that could be mistaken for data.
     *
     * @param files files to download
     * @param folder an existing folder
     * @throws IOException if a file could not be downloaded; the others may stay
     */
    void fetch(List<DataFile> files, Path folder, Progress progress) throws IOException, InterruptedException;
}
