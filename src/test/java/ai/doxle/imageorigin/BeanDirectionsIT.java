package ai.doxle.imageorigin;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.config.BeanDefinition;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.util.ClassUtils;

import ai.doxle.imageorigin.harness.LocalRedis;
import ai.doxle.imageorigin.harness.LocalS3;
import ai.doxle.imageorigin.harness.OriginSettings;
import ai.doxle.imageorigin.harness.RunningOrigin;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Beans follow the directions of packages: a package gets no bean at run time that a
 * package makes which it may not depend on, unless the bean is of a type that it may
 * depend on.
 */
class BeanDirectionsIT {

	@Test
	void followThoseOfPackages() throws Exception {
		try (LocalS3 s3 = LocalS3.start("images");
				LocalRedis redis = LocalRedis.start();
				RunningOrigin origin = RunningOrigin.start(s3.originProperties(0), redis.originProperties(),
						OriginSettings.open())) {
			ConfigurableListableBeanFactory beans = origin.beans();
			List<String> wrong = new ArrayList<>();
			int known = 0;
			for (String consumer : beans.getBeanDefinitionNames()) {
				for (String bean : beans.getDependenciesForBean(consumer)) {
					String from = origin(beans, consumer);
					String to = origin(beans, bean);
					known += (from != null && to != null) ? 1 : 0;
					if (from != null && to != null && !isAllowed(beans, from, bean, to)) {
						wrong.add(from + " (" + consumer + ") gets " + bean + " of " + to);
					}
				}
			}
			assertThat(known).as("dependencies between our beans").isGreaterThan(30);
			assertThat(wrong).isEmpty();
		}
	}

	/**
	 * The package of the configuration, or of the class, that a bean comes from; null if
	 * it is not ours.
	 */
	private static String origin(ConfigurableListableBeanFactory beans, String name) {
		if (!beans.containsBeanDefinition(name)) {
			return null;
		}
		BeanDefinition definition = beans.getBeanDefinition(name);
		String factory = definition.getFactoryBeanName();
		String type = (factory != null) ? beans.getBeanDefinition(factory).getBeanClassName()
				: definition.getBeanClassName();
		return (type != null && type.startsWith(PackageDirections.ROOT + "."))
				? type.substring(0, type.lastIndexOf('.')) : null;
	}

	private static boolean isAllowed(ConfigurableListableBeanFactory beans, String from, String bean, String to) {
		return PackageDirections.allow(from, to)
				|| types(beans.getBean(bean).getClass()).anyMatch((type) -> PackageDirections.allow(from, type));
	}

	/** The packages of a class of ours and of its interfaces of ours. */
	private static Stream<String> types(Class<?> type) {
		return Stream.concat(Stream.of(type), ClassUtils.getAllInterfacesForClassAsSet(type).stream())
			.map(Class::getPackageName)
			.filter((name) -> name.startsWith(PackageDirections.ROOT));
	}

}
