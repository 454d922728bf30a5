package ai.doxle.imageorigin.admin.cloudfront;

import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

import ai.doxle.imageorigin.admin.CdnInvalidation;

/**
 * Configures invalidation at CloudFront, if the configuration names a distribution.
 */
@Configuration(proxyBeanMethods = false)
class CloudFrontConfiguration {

	@Bean
	CdnInvalidation cdnInvalidation(CloudFrontProperties properties) {
		String distribution = properties.distributionId();
		return (distribution != null && !distribution.isEmpty()) ? new CloudFrontInvalidation(properties, distribution)
				: CdnInvalidation.NONE;
	}

}
