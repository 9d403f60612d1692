package dev.frl.engine.reference;

import dev.frl.engine.Engine;
import dev.frl.engine.RobustNet;
import dev.frl.engine.net.Architecture;
import dev.frl.engine.net.NamedTensors;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import org.jspecify.annotations.Nullable;

/**
 * The reference engine with nets whose results a test changes.
 *
 * @param change called before every call to a net
 */
public record ChangedEngine(Rewrite change) implements Engine {
    /** Replaces results of a net. */
    public interface Rewrite {
        /**
         * @param net the unchanged net
         * @param method name of the method that is called
         * @param arguments arguments of the call; null if it has none
         * @return the result; null for the result of the unchanged net
         */
        @Nullable
        Object result(RobustNet net, String method, Object @Nullable [] arguments);
    }

    @Override
    public String name() {
        return "changed";
    }

    @Override
    public String description() {
        return "reference engine, changed for a test";
    }

    @Override
    public RobustNet open(Architecture architecture, NamedTensors state, int threads) {
        var net = new ReferenceEngine().open(architecture, state, threads);
        return (RobustNet) Proxy.newProxyInstance(
                RobustNet.class.getClassLoader(), new Class<?>[] {RobustNet.class}, (proxy, method, arguments) -> {
                    var changed = change.result(net, method.getName(), arguments);
                    try {
                        return changed != null ? changed : method.invoke(net, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }
}
