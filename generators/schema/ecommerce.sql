CREATE TABLE ecommerce.categories (
  id INT NOT NULL COMMENT '분류 번호 / Category ID',
  parent_id INT NULL COMMENT '상위 분류 번호 / Parent category ID',
  name VARCHAR(40) NOT NULL COMMENT '분류 이름 / Category name in Korean',
  name_en VARCHAR(40) NOT NULL COMMENT '분류 영문 이름 / Category name in English',
  PRIMARY KEY (id),
  UNIQUE KEY uk_categories_name (name),
  KEY ix_categories_parent (parent_id),
  CONSTRAINT fk_categories_parent FOREIGN KEY (parent_id) REFERENCES ecommerce.categories (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci COMMENT='상품 분류 / Product categories';

CREATE TABLE ecommerce.customers (
  id INT NOT NULL COMMENT '고객 번호 / Customer ID',
  name VARCHAR(60) NOT NULL COMMENT '고객 이름 / Full name',
  email VARCHAR(120) NOT NULL COMMENT '이메일 / Email address',
  phone VARCHAR(20) NOT NULL COMMENT '휴대전화 번호 / Mobile phone number',
  gender CHAR(1) NOT NULL COMMENT '성별 F 여 M 남 / Gender: F female, M male',
  birth_date DATE NOT NULL COMMENT '생년월일 / Date of birth',
  city VARCHAR(30) NOT NULL COMMENT '거주 도시 / City of residence, such as 서울',
  grade VARCHAR(10) NOT NULL COMMENT '회원 등급 / Membership grade by spending: BRONZE, SILVER, GOLD, VIP',
  signed_up_at DATETIME NOT NULL COMMENT '가입 일시 / Time of sign-up',
  PRIMARY KEY (id),
  UNIQUE KEY uk_customers_email (email),
  KEY ix_customers_city (city),
  KEY ix_customers_signed_up (signed_up_at)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci COMMENT='고객 / Customers';

CREATE TABLE ecommerce.products (
  id INT NOT NULL COMMENT '상품 번호 / Product ID',
  category_id INT NOT NULL COMMENT '분류 번호 / Category ID',
  name VARCHAR(100) NOT NULL COMMENT '상품 이름 / Product name in Korean',
  name_en VARCHAR(100) NOT NULL COMMENT '상품 영문 이름 / Product name in English',
  brand VARCHAR(40) NOT NULL COMMENT '브랜드 / Brand',
  price DECIMAL(12,0) NOT NULL COMMENT '판매가(원) / List price in KRW',
  cost DECIMAL(12,0) NOT NULL COMMENT '원가(원) / Unit cost in KRW',
  stock INT NOT NULL COMMENT '재고 수량 / Units in stock',
  status VARCHAR(12) NOT NULL COMMENT '판매 상태 / Sales status: ON_SALE, SOLD_OUT, DISCONTINUED',
  released_on DATE NOT NULL COMMENT '출시일 / Release date',
  PRIMARY KEY (id),
  KEY ix_products_category (category_id),
  KEY ix_products_brand (brand),
  CONSTRAINT fk_products_category FOREIGN KEY (category_id) REFERENCES ecommerce.categories (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci COMMENT='상품 / Products';

CREATE TABLE ecommerce.orders (
  id BIGINT NOT NULL COMMENT '주문 번호 / Order ID',
  customer_id INT NOT NULL COMMENT '고객 번호 / Customer ID',
  ordered_at DATETIME NOT NULL COMMENT '주문 일시 / Time of the order',
  status VARCHAR(12) NOT NULL COMMENT '주문 상태 / Order status: PAID, SHIPPED, DELIVERED, CANCELLED, REFUNDED',
  channel VARCHAR(10) NOT NULL COMMENT '주문 경로 / Sales channel: APP, WEB, STORE',
  payment_method VARCHAR(12) NOT NULL COMMENT '결제 수단 / Payment method: CARD, KAKAOPAY, NAVERPAY, TRANSFER',
  city VARCHAR(30) NOT NULL COMMENT '배송 도시 / Delivery city, such as 서울',
  city_en VARCHAR(30) NOT NULL COMMENT '배송 도시 영문 이름 / Delivery city in English, such as Seoul',
  amount DECIMAL(14,0) NOT NULL COMMENT '주문 금액(원) / Order amount in KRW: the sum of its items',
  delivered_at DATETIME NULL COMMENT '배송 완료 일시 / Time of delivery, NULL when not delivered',
  PRIMARY KEY (id),
  KEY ix_orders_customer (customer_id),
  KEY ix_orders_ordered_at (ordered_at),
  KEY ix_orders_city (city),
  CONSTRAINT fk_orders_customer FOREIGN KEY (customer_id) REFERENCES ecommerce.customers (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci COMMENT='주문 / Orders';

CREATE TABLE ecommerce.order_items (
  id BIGINT NOT NULL COMMENT '주문 상품 번호 / Order item ID',
  order_id BIGINT NOT NULL COMMENT '주문 번호 / Order ID',
  product_id INT NOT NULL COMMENT '상품 번호 / Product ID',
  quantity INT NOT NULL COMMENT '수량 / Quantity',
  unit_price DECIMAL(12,0) NOT NULL COMMENT '단가(원) / Unit price in KRW',
  discount_rate DECIMAL(3,2) NOT NULL COMMENT '할인율 0~1 / Discount rate from 0 to 1',
  amount DECIMAL(14,0) NOT NULL COMMENT '금액(원) = 수량 × 단가 × (1 - 할인율) / Amount in KRW after discount',
  PRIMARY KEY (id),
  KEY ix_order_items_order (order_id),
  KEY ix_order_items_product (product_id),
  CONSTRAINT fk_order_items_order FOREIGN KEY (order_id) REFERENCES ecommerce.orders (id),
  CONSTRAINT fk_order_items_product FOREIGN KEY (product_id) REFERENCES ecommerce.products (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci COMMENT='주문 상품 / Order items';

CREATE TABLE ecommerce.manual_chunks (
  id INT NOT NULL COMMENT '설명서 조각 번호 / Manual chunk ID',
  product_id INT NOT NULL COMMENT '상품 번호 / Product ID',
  language CHAR(2) NOT NULL COMMENT '언어 ko, en / Language: ko, en',
  topic VARCHAR(20) NOT NULL COMMENT '주제 코드 / Topic code, such as fan, filter, battery',
  title VARCHAR(120) NOT NULL COMMENT '제목 / Title, such as 송풍팬 교체하는 방법',
  content TEXT NOT NULL COMMENT '본문 / Text',
  embedding VECTOR(384) NOT NULL COMMENT '본문 임베딩 / Embedding of title and text', -- vector
  PRIMARY KEY (id),
  KEY ix_manual_chunks_product (product_id),
  KEY ix_manual_chunks_topic (topic, language),
  CONSTRAINT fk_manual_chunks_product FOREIGN KEY (product_id) REFERENCES ecommerce.products (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci COMMENT='제품 설명서 조각 / Product manual chunks';
