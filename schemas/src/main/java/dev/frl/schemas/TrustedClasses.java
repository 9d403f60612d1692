package dev.frl.schemas;

import org.apache.avro.util.ClassSecurityValidator;

/**
 * Since 1.12.2 Avro instantiates no class that a schema names unless the process says that it trusts it. Call {@link #trust}
 * before the first use of a class of this package.
 */
public final class TrustedClasses {
    private static boolean done;

    private TrustedClasses() {}

    /** Adds the generated classes, and nothing else, to what this process trusts. */
    public static synchronized void trust() {
        if (!done) {
            String ours = TrustedClasses.class.getPackageName();
            ClassSecurityValidator.setGlobal(ClassSecurityValidator.composite(
                    ClassSecurityValidator.getGlobal(),
                    c -> c.getPackageName().equals(ours) || c.getPackageName().startsWith(ours + ".")));
            done = true;
        }
    }
}
