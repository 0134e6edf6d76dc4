#pragma once

#include <string>

#include "base/fen.hpp"

namespace anlan::documents {

/// 人民币大写, as papers about money carry it: "壹万贰仟叁佰元肆角伍分", "壹仟零伍元整", "零元整".
/// In: 0 ≤ amount < 10^16 fen (一百万亿元). Source: 正确填写票据和结算凭证的基本规定.
std::string amount_words(Fen amount);

}  // namespace anlan::documents
