package dev.frl.data.store;

import dev.frl.data.DataException;
import dev.frl.data.file.DataSource;
import dev.frl.data.file.HttpSource;
import java.net.URI;
import java.util.List;
import java.util.Locale;

/**
 * A server that has copies of the files, for networks that do not reach their authors'. What it sends is verified as everything
 * else is.
 *
 * @param base http or https URL that ends in a slash
 */
public record DataMirror(URI base) {
    /** Environment variable that names the mirror. */
    public static final String VARIABLE = "FRL_DATA_MIRROR";

    /**
     * Reads what a user wrote.
     *
     * @throws DataException if it is no http or https URL
     */
    public static DataMirror of(String url) {
        try {
            var base = URI.create(url.endsWith("/") ? url : url + "/");
            if (String.valueOf(base.getScheme()).matches("(?i)https?") && base.getHost() != null) {
                return new DataMirror(base);
            }
        } catch (IllegalArgumentException e) {
            throw refused(url);
        }
        throw refused(url);
    }

    private static DataException refused(String url) {
        return new DataException(String.format(
                Locale.ROOT, "the mirror %s is no address: write http://HOST/PATH or https://HOST/PATH", url));
    }

    /** The data set's folder below the mirror, then the mirror itself. */
    List<DataSource> sources(String dataset) {
        return List.of(source(base.resolve(dataset + "/")), source(base));
    }

    private static HttpSource source(URI base) {
        return new HttpSource("mirror " + base.getHost() + base.getPath(), base);
    }
}
