package ai.doxle.imageorigin.access.viewer;

import java.util.List;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.http.HttpHeaders;

import static org.assertj.core.api.Assertions.assertThat;

class SignedCookiesTests {

	private static final SignedCookies SET = new SignedCookies("p", "s", "k", "SHA256");

	@ParameterizedTest
	@ValueSource(strings = {
			"CloudFront-Policy=p; CloudFront-Signature=s; CloudFront-Key-Pair-Id=k; CloudFront-Hash-Algorithm=SHA256",
			"CloudFront-Policy=p;CloudFront-Signature=s;CloudFront-Key-Pair-Id=k;CloudFront-Hash-Algorithm=SHA256;",
			"a=b; CloudFront-Hash-Algorithm=SHA256 ;;  CloudFront-Key-Pair-Id=k;\tCloudFront-Signature=s; =; x; "
					+ "CloudFront-Policy=p; CloudFront-Expires=1",
			"CloudFront-Policy=p; CloudFront-Policy=q; CloudFront-Signature=s; CloudFront-Key-Pair-Id=k; "
					+ "CloudFront-Hash-Algorithm=SHA256; CloudFront-Signature=t; CloudFront-Hash-Algorithm=SHA1" })
	void takesTheFirstOfEachName(String header) {
		assertThat(read(header)).isEqualTo(SET);
	}

	@Test
	void readsSeveralLines() {
		assertThat(read("CloudFront-Policy=p; CloudFront-Signature=s", "CloudFront-Policy=q",
				"CloudFront-Key-Pair-Id=k; CloudFront-Hash-Algorithm=SHA256"))
			.isEqualTo(SET);
	}

	@ParameterizedTest
	@ValueSource(strings = { "", ";", "=", "a=b", "cloudfront-policy=p; CLOUDFRONT-SIGNATURE=s", "CloudFront-Policy",
			"CloudFront-=p", "XCloudFront-Policy=p", "CloudFront-Policy =p", "CloudFront-Hash-Algorithm=SHA256",
			"CloudFront-Expires=1" })
	void findsNone(String header) {
		assertThat(read(header)).isNull();
	}

	@Test
	void keepsWhatAValueHas() {
		assertThat(read("CloudFront-Policy=a=b; CloudFront-Signature=; CloudFront-Key-Pair-Id=\"k\""))
			.isEqualTo(new SignedCookies("a=b", "", "\"k\"", null));
	}

	@Test
	void hasAnotherDigestForEachSet() {
		List<SignedCookies> sets = List.of(SET, new SignedCookies("p", "s", "k", null),
				new SignedCookies(null, "s", "k", "SHA256"), new SignedCookies("ps", "", "k", "SHA256"),
				new SignedCookies("p", "sk", "", "SHA256"), new SignedCookies("s", "p", "k", "SHA256"));
		assertThat(sets.stream().map(SignedCookies::digest)).doesNotHaveDuplicates();
		assertThat(new SignedCookies("p", "s", "k", "SHA256").digest()).isEqualTo(SET.digest());
	}

	private static SignedCookies read(String... lines) {
		HttpHeaders headers = new HttpHeaders();
		headers.put(HttpHeaders.COOKIE, List.of(lines));
		return SignedCookies.in(headers);
	}

}
